import type { ModelCard } from '../schemas/model-card';
import { between, escaped, rounded, table } from './markdown';

type Evaluation = NonNullable<ModelCard['evaluation']>;
type Compared = Extract<NonNullable<Evaluation['champion']>, { status: 'compared' }>;

const byName = <T>(record: Readonly<Record<string, T>>): Array<[string, T]> =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const besideChampion = ({ metrics }: Evaluation, champion: Compared): string =>
  table(
    ['metric', 'this version', `champion, version ${champion.version}`, 'difference', '95 % interval', 'p'],
    byName(metrics).map(([name, value]) => {
      const paired = champion.paired?.metrics[name];
      return [
        name,
        rounded(value),
        rounded(champion.metrics[name]),
        rounded(champion.difference[name]),
        between(paired?.low, paired?.high),
        rounded(paired?.p),
      ];
    }),
  );

const lossLine = ({ paired, meanLoss }: Compared): string[] => {
  const loss = paired?.metrics.loss;
  if (loss === undefined) return [];
  const { difference, low, high, p } = loss;
  return [
    `Mean loss, by the policy’s choice: ${rounded(meanLoss + difference)}, of the champion ${rounded(meanLoss)}; difference ${rounded(difference)} ` +
      `(95 % ${between(low, high)}, p ${rounded(p)}).`,
  ];
};

const pairedLines = (champion: Compared): string[] => {
  const { mcnemar, tooFewClusters = [] } = champion.paired ?? {};
  return [
    ...(champion.note === undefined ? [] : [`The champion was ${escaped(champion.note)}.`]),
    ...(mcnemar === undefined
      ? []
      : [
          `Right on ${mcnemar.candidateOnly} rows that the champion got wrong, wrong on ${mcnemar.championOnly} that it got right: McNemar’s p is ${rounded(mcnemar.p)}.`,
        ]),
    ...lossLine(champion),
    ...(tooFewClusters.length === 0
      ? []
      : [`Fewer than 30 clusters are too few to judge by: ${escaped(tooFewClusters.join(', '))}.`]),
  ];
};

/** Metrics, beside the champion’s on the same rows where there is one, with what chance would do. */
export const metricsPart = (evaluation: Evaluation): string[] => {
  const { metrics, champion } = evaluation;
  if (Object.keys(metrics).length === 0) return [];
  const head = '### Metrics';
  if (champion?.status === 'compared') return [head, besideChampion(evaluation, champion), ...pairedLines(champion)];
  const rows = byName(metrics).map(([name, value]) => [name, rounded(value)]);
  const why = champion === undefined ? [] : [`Not compared with a champion: ${escaped(champion.reason)}.`];
  return [head, table(['metric', 'value'], rows), ...why];
};
