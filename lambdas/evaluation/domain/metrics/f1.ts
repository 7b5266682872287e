interface Counts {
  readonly hits: Float64Array;
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
}

const countsOf = (predicted: ArrayLike<number>, truth: ArrayLike<number>, k: number): Counts => {
  const counts = { hits: new Float64Array(k), predicted: new Float64Array(k), actual: new Float64Array(k) };
  const add = (to: Float64Array, at: number): void => {
    to[at] = (to[at] ?? 0) + 1;
  };
  for (let row = 0; row < truth.length; row++) {
    const [said, was] = [predicted[row] ?? 0, truth[row] ?? 0];
    add(counts.predicted, said);
    add(counts.actual, was);
    if (said === was) add(counts.hits, was);
  }
  return counts;
};

const f1Of = ({ hits, predicted, actual }: Counts, at: number): number | undefined => {
  const rows = (predicted[at] ?? 0) + (actual[at] ?? 0);
  return rows === 0 ? undefined : (2 * (hits[at] ?? 0)) / rows;
};

/** Harmonic mean of precision and recall of one class; undefined where it is neither true nor predicted. Oracle: sklearn.metrics.f1_score. */
export const f1 = (
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
  positive: number,
): number | undefined => f1Of(countsOf(predicted, truth, k), positive);

/** Mean over the classes that are true or predicted of any row. Oracle: sklearn.metrics.f1_score(average="macro"). */
export const macroF1 = (predicted: ArrayLike<number>, truth: ArrayLike<number>, k: number): number | undefined => {
  const counts = countsOf(predicted, truth, k);
  const each = Array.from({ length: k }, (_, at) => f1Of(counts, at)).filter((value) => value !== undefined);
  return each.length === 0 ? undefined : each.reduce((sum, value) => sum + value, 0) / each.length;
};
