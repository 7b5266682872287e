import type { AttributeFairness, AttributeGroups } from '../contract';
import { fairnessOf } from './fairness';
import type { Judged } from './judged-rows';
import type { Clusters } from './metrics/clusters';
import { cannotJudge, groupTallies, rateOf, type Tally } from './metrics/group-rates';
import { type TableColumn, textAt } from './table';

/** Rows that are to be told apart by group. */
export interface GroupedRows {
  readonly judged: Judged;
  readonly losses: Float64Array;
  /** Absent where rows are independent. */
  readonly clusters: Clusters | undefined;
}

/** Further groups are judged together: an attribute with hundreds of values is none to compare groups by. */
const MAX_GROUPS = 20;
const MAX_NAME_LENGTH = 64;
const MISSING = '(missing)';
const OTHER = '(other)';

const textsOf = (column: TableColumn, rows: number): string[] =>
  Array.from({ length: rows }, (_, row) => textAt(column, row)?.slice(0, MAX_NAME_LENGTH) ?? MISSING);

/** The value of each row, the rare ones as `(other)`. */
export const groupsIn = (column: TableColumn, rows: number): string[] => {
  const texts = textsOf(column, rows);
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  if (counts.size <= MAX_GROUPS) return texts;
  const kept = new Set(
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_GROUPS)
      .map(([text]) => text),
  );
  return texts.map((text) => (kept.has(text) ? text : OTHER));
};

/** Mean of a value of each row, by group. */
const meansBy = (groups: readonly string[], values: Float64Array): Map<string, number> => {
  const tallies = groupTallies({ groups, correct: values });
  return new Map(tallies.map(({ group, measures }) => [group, rateOf(measures.accuracy) ?? 0]));
};

const smallOf = (tally: Tally | undefined): boolean => tally !== undefined && cannotJudge(tally);

/** Rates of each group of one protected attribute, and how groups differ where rows have classes. */
export const groupsOf = (
  attribute: string,
  column: TableColumn,
  { judged, losses, clusters }: GroupedRows,
): { readonly rates: AttributeGroups; readonly fairness: AttributeFairness | undefined } => {
  const groups = groupsIn(column, judged.rows);
  const loss = meansBy(groups, losses);
  const flags = judged.kind === 'classes' ? flagsOf(judged) : { correct: losses };
  const tallies = groupTallies({ groups, clusters, ...flags });
  const rates = tallies.map(({ group, n, measures }) => ({
    group,
    n,
    ...(measures.accuracy?.sides && { clusters: measures.accuracy.sides.own.clusters }),
    selectionRate: rateOf(measures.selectionRate),
    tpr: rateOf(measures.tpr),
    fpr: rateOf(measures.fpr),
    accuracy: judged.kind === 'classes' ? rateOf(measures.accuracy) : null,
    loss: Math.min(1, loss.get(group) ?? 0),
    tooSmall: smallOf(measures.accuracy),
    tprTooSmall: smallOf(measures.tpr),
    fprTooSmall: smallOf(measures.fpr),
  }));
  const fairness = judged.kind === 'classes' ? fairnessOf(attribute, tallies) : undefined;
  return { rates: { attribute, groups: rates }, fairness };
};

const flagsOf = ({ truth, positive, predictions }: Extract<Judged, { kind: 'classes' }>) => {
  const { index } = predictions;
  const correct = Uint8Array.from(truth, (value, row) => (value === index[row] ? 1 : 0));
  if (positive === undefined) return { correct };
  return {
    correct,
    predictedPositive: Uint8Array.from(index, (value) => (value === positive ? 1 : 0)),
    truePositive: Uint8Array.from(truth, (value) => (value === positive ? 1 : 0)),
  };
};
