import { type ClusteredSides, type CountedRows, clusteredSides } from './cluster-sums';
import { areTooFew, type Clusters } from './clusters';

/** A rate over fewer rows than this says nothing reliable about a group. */
const MIN_ROWS = 30;

/** Rows that a rate is over, and those of them that it counts. */
export interface Tally {
  readonly n: number;
  readonly hits: number;
  /** The same beside all other groups, by cluster; absent where rows are independent. */
  readonly sides?: ClusteredSides;
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
  /** Absent where rows are independent. */
  readonly clusters?: Clusters | undefined;
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

const plainTallies = (rows: GroupRows): GroupTally[] =>
  [...countsBy(rows)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, { n, correct, selected, positives, hitPositives }]) => {
      const accuracy = { n, hits: correct };
      if (rows.predictedPositive === undefined) return { group, n, measures: { accuracy } };
      const tpr = { n: positives, hits: hitPositives };
      const fpr = { n: n - positives, hits: selected - hitPositives };
      return { group, n, measures: { selectionRate: { n, hits: selected }, tpr, fpr, accuracy } };
    });

/** Which rows a measure is over, and which of them it counts. */
const countedBy = (measure: Measure, { correct, predictedPositive, truePositive }: GroupRows): CountedRows => {
  const every = (): number => 1;
  const selected = (row: number): number => predictedPositive?.[row] ?? 0;
  const positive = (row: number): number => truePositive?.[row] ?? 0;
  const counted = { selectionRate: every, tpr: positive, fpr: (row: number) => 1 - positive(row), accuracy: every };
  return { counted: counted[measure], hit: measure === 'accuracy' ? (row) => correct[row] ?? 0 : selected };
};

const withSides = (tallies: readonly GroupTally[], rows: GroupRows, clusters: Clusters): GroupTally[] => {
  const present = MEASURES.filter((measure) => tallies.some(({ measures }) => measures[measure] !== undefined));
  const sides = new Map(
    present.map((measure) => [measure, clusteredSides(rows.groups, clusters, countedBy(measure, rows))]),
  );
  const ofGroup = (group: string, measures: GroupTally['measures']): GroupTally['measures'] =>
    Object.fromEntries(
      Object.entries(measures).map(([measure, tally]) => [
        measure,
        { ...tally, sides: sides.get(measure as Measure)?.get(group) },
      ]),
    );
  return tallies.map((tally) => ({ ...tally, measures: ofGroup(tally.group, tally.measures) }));
};

/** Tallies of each group of one attribute; groups in order of their names. */
export const groupTallies = (rows: GroupRows): GroupTally[] => {
  const tallies = plainTallies(rows);
  return rows.clusters === undefined ? tallies : withSides(tallies, rows, rows.clusters);
};

/** Under 30 rows, or 30 clusters where rows are not independent. */
export const isTooSmall = ({ n, clusters }: { readonly n: number; readonly clusters?: number | undefined }): boolean =>
  n < MIN_ROWS || (clusters !== undefined && areTooFew(clusters));

/** Whether a rate is over too little to be judged. */
export const cannotJudge = ({ n, sides }: Tally): boolean => isTooSmall({ n, clusters: sides?.own.clusters });

/** Null over no rows. */
export const rateOf = (tally: Tally | undefined): number | null =>
  tally === undefined || tally.n === 0 ? null : tally.hits / tally.n;
