import { METRICS, type MetricName, worseBy } from '../../../registry/contract';
import type { PairedComparison } from '../../contract';
import { zOf } from '../metrics/normal';
import { tOf } from '../metrics/student';
import {
  type GateOf,
  type JudgedVersion,
  labelledOf,
  limitsText,
  noEvidence,
  type Said,
  shown,
} from './judged-version';

export const judgeMetric = (gate: GateOf<'metric'>, judged: JudgedVersion): Said => {
  const { metric } = gate;
  const said = { gate: metric, metric, threshold: limitsText(gate) };
  const evidence = labelledOf(judged);
  const value = evidence?.metrics[metric];
  if (value === undefined) return { ...said, pass: false, why: missingMetric(metric, judged) };
  const pass = value >= (gate.min ?? -Infinity) && value <= (gate.max ?? Infinity);
  const rows = evidence?.data.rows;
  return { ...said, value, pass, why: `${shown(value)} on ${rows} rows, ${pass ? 'within' : 'outside'} the limits` };
};

const missingMetric = (metric: MetricName, judged: JudgedVersion): string => {
  if (labelledOf(judged) === undefined) return `there is nothing to judge: ${noEvidence(judged)}`;
  const tasks: readonly string[] = METRICS[metric].tasks;
  const task = judged.findings?.task;
  if (task !== undefined && tasks.includes(task)) return `the evidence has no ${metric}`;
  return `${metric} is a metric of ${tasks.join(' and ')}, and the model’s task is ${task}`;
};

const worseText = ({ margin, significance }: GateOf<'champion'>): string =>
  significance === undefined
    ? `at most ${margin} worse`
    : `at most ${margin} worse, but for a chance of ${significance}`;

export const judgeChampion = (gate: GateOf<'champion'>, judged: JudgedVersion): Said => {
  const { metric, margin } = gate;
  const said = { gate: `${metric} beside the champion’s`, metric, threshold: worseText(gate) };
  if (judged.champion === undefined) return { ...said, pass: true, why: 'there is no champion to be compared with' };
  const evidence = labelledOf(judged);
  if (evidence === undefined)
    return { ...said, pass: false, why: `there is nothing to compare: ${noEvidence(judged)}` };
  if (evidence.champion.status === 'absent') return { ...said, pass: false, why: evidence.champion.reason };
  const own = evidence.metrics[metric];
  const theirs = evidence.champion.metrics[metric];
  if (own === undefined || theirs === undefined) return { ...said, pass: false, why: missingMetric(metric, judged) };
  const worse = worseBy(metric, own, theirs);
  const compared = `${shown(own)} against ${shown(theirs)} of version ${evidence.champion.version}`;
  if (gate.significance === undefined) return { ...said, value: own, pass: worse <= margin, why: compared };
  return { ...said, value: own, ...withoutChance(gate, evidence.champion.paired, compared) };
};

/** Whether the candidate can be worse by more than the margin, once chance is given its due. */
const withoutChance = (
  { metric, margin, significance = 0 }: GateOf<'champion'>,
  paired: PairedComparison | undefined,
  compared: string,
): Pick<Said, 'pass' | 'why'> => {
  const found = paired?.metrics[metric];
  if (found === undefined) {
    const few = paired?.tooFewClusters?.includes(metric);
    const why = few ? 'fewer than 30 clusters are too few to judge by' : 'what chance would do was not found out';
    return { pass: false, why: `${compared}; ${why}` };
  }
  const { difference, standardError, degreesOfFreedom } = found;
  // A one-sided bound at α is the end of a two-sided interval of 1 − 2α.
  const bound = 1 - 2 * significance;
  const width = degreesOfFreedom === undefined ? zOf(bound) : tOf(bound, degreesOfFreedom);
  const most = worseBy(metric, difference, 0) + width * standardError;
  const pass = most <= margin;
  const level = shown(100 * (1 - significance));
  return { pass, why: `${compared}; at ${level} % it is worse by ${shown(Math.max(0, most))} at most` };
};
