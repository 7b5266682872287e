const meanOf = (n: number, term: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += term(i);
  return sum / n;
};

const error = (predicted: ArrayLike<number>, truth: ArrayLike<number>, i: number): number =>
  (predicted[i] ?? 0) - (truth[i] ?? 0);

/** Root mean squared error, in the label's unit. */
export const rmse = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  Math.sqrt(meanOf(truth.length, (i) => error(predicted, truth, i) ** 2));

/** Mean absolute error, in the label's unit. */
export const mae = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number =>
  meanOf(truth.length, (i) => Math.abs(error(predicted, truth, i)));

/** Share of the label's variance that is explained; undefined when the label does not vary. */
export const r2 = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number | undefined => {
  const mean = meanOf(truth.length, (i) => truth[i] ?? 0);
  const total = meanOf(truth.length, (i) => ((truth[i] ?? 0) - mean) ** 2);
  return total === 0 ? undefined : 1 - meanOf(truth.length, (i) => error(predicted, truth, i) ** 2) / total;
};
