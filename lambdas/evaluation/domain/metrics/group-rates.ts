/** A rate over fewer rows than this says nothing reliable about a group. */
const MIN_ROWS = 30;

export interface GroupRates {
  readonly group: string;
  readonly n: number;
  /** Share of rows predicted positive; null for a task without a positive class. */
  readonly selectionRate: number | null;
  /** Share of truly positive rows that are predicted positive; null without such rows. */
  readonly tpr: number | null;
  readonly accuracy: number;
  /** Too few rows for any rate. */
  readonly tooSmall: boolean;
  /** Too few truly positive rows, over which `tpr` is taken: a large group with few of them has no reliable TPR. */
  readonly tprTooSmall: boolean;
}

/** Rows by column, all of one length. Flags are 0 or 1; the positive ones are absent without a positive class. */
export interface GroupRows {
  readonly groups: readonly string[];
  readonly correct: ArrayLike<number>;
  readonly predictedPositive?: ArrayLike<number>;
  readonly truePositive?: ArrayLike<number>;
}

const ratesOf = (
  group: string,
  rows: readonly number[],
  { correct, predictedPositive, truePositive }: GroupRows,
): GroupRates => {
  const sum = (values: ArrayLike<number> | undefined, among = rows): number =>
    among.reduce((total, row) => total + (values?.[row] ?? 0), 0);
  const positives = rows.filter((row) => truePositive?.[row] === 1);
  return {
    group,
    n: rows.length,
    selectionRate: predictedPositive === undefined ? null : sum(predictedPositive) / rows.length,
    tpr: positives.length === 0 ? null : sum(predictedPositive, positives) / positives.length,
    accuracy: sum(correct) / rows.length,
    tooSmall: rows.length < MIN_ROWS,
    tprTooSmall: truePositive !== undefined && positives.length < MIN_ROWS,
  };
};

/** Rates of each group of one protected attribute, named and defined as fairlearn's; groups in order of their names. */
export const groupRates = (rows: GroupRows): GroupRates[] => {
  const byGroup = new Map<string, number[]>();
  rows.groups.forEach((group, row) => {
    const members = byGroup.get(group);
    if (members) members.push(row);
    else byGroup.set(group, [row]);
  });
  return [...byGroup].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, members]) => ratesOf(group, members, rows));
};
