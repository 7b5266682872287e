import type { LabelledEvidence, PairedComparison } from '../lambdas/evaluation/contract';
import { time } from './present';

/** On which rows, of when, and which of them are not independent. */
export const dataText = ({ rows, sample, file, clustering, time: span }: LabelledEvidence['data']): string => {
  const seen = span?.from === undefined ? '' : `, seen from ${time(span.from)} to ${time(span.to)}`;
  const drawn = sample === undefined ? '' : `, drawn at random of ${sample.of},`;
  const evaluated = `evaluated on ${rows} rows${drawn} of ${file}${seen}`;
  if (clustering === undefined) return evaluated;
  const { clusters, column, largest } = clustering;
  return `${evaluated}\nrows of one ${column} are not independent: intervals and p go by ${clusters} clusters, of ${largest} rows at most`;
};

/** What too few clusters leave open; no line where nothing is. */
export const tooFewText = (paired: PairedComparison | undefined): string[] =>
  paired?.tooFewClusters === undefined
    ? []
    : [`fewer than 30 clusters are too few to judge by: ${paired.tooFewClusters.join(', ')}`];
