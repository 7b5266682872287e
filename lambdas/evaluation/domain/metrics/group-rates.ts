/** A rate over fewer rows than this says nothing reliable about a group. */
const MIN_ROWS = 30;

/** Rows that a rate is over, and those of them that it counts. */
export interface Tally {
  readonly n: number;
  readonly hits: number;
}

/** Rates that groups are compared by, named and defined as fairlearn's. */
export const MEASURES = ['selectionRate', 'tpr', 'fpr', 'accuracy'] as const;
export type Measure = (typeof MEASURES)[number];

/** A measure is absent where the task has none such: without a positive class there is accuracy alone. */
export interface GroupTally {
  readonly group: string;
  readonly n: number;
  readonly measures: Readonly<Partial<Record<Measure, Tally>>>;
}

/** Rows by column, all of one length. Flags are 0 or 1; the positive ones are absent without a positive class. */
export interface GroupRows {
  readonly groups: readonly string[];
  readonly correct: ArrayLike<number>;
  readonly predictedPositive?: ArrayLike<number>;
  readonly truePositive?: ArrayLike<number>;
}

interface Counts {
  n: number;
  correct: number;
  selected: number;
  positives: number;
  hitPositives: number;
}

const countsBy = ({ groups, correct, predictedPositive, truePositive }: GroupRows): Map<string, Counts> => {
  const byGroup = new Map<string, Counts>();
  groups.forEach((group, row) => {
    const counts = byGroup.get(group) ?? { n: 0, correct: 0, selected: 0, positives: 0, hitPositives: 0 };
    byGroup.set(group, counts);
    const selected = predictedPositive?.[row] ?? 0;
    const positive = truePositive?.[row] ?? 0;
    counts.n += 1;
    counts.correct += correct[row] ?? 0;
    counts.selected += selected;
    counts.positives += positive;
    counts.hitPositives += selected * positive;
  });
  return byGroup;
};

/** Tallies of each group of one attribute; groups in order of their names. */
export const groupTallies = (rows: GroupRows): GroupTally[] =>
  [...countsBy(rows)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, { n, correct, selected, positives, hitPositives }]) => {
      const accuracy = { n, hits: correct };
      if (rows.predictedPositive === undefined) return { group, n, measures: { accuracy } };
      const tpr = { n: positives, hits: hitPositives };
      const fpr = { n: n - positives, hits: selected - hitPositives };
      return { group, n, measures: { selectionRate: { n, hits: selected }, tpr, fpr, accuracy } };
    });

export const isTooSmall = ({ n }: { readonly n: number }): boolean => n < MIN_ROWS;

/** Null over no rows. */
export const rateOf = (tally: Tally | undefined): number | null =>
  tally === undefined || tally.n === 0 ? null : tally.hits / tally.n;
