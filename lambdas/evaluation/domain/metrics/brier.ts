/** Squared distance of a probability from what was true (1) or not (0). */
export const squaredMiss = (score: number, positive: number): number => (score - positive) ** 2;

/** Mean of it; in [0,1]. Oracle: sklearn.metrics.brier_score_loss. */
export const brier = (scores: ArrayLike<number>, positive: ArrayLike<number>): number => {
  let sum = 0;
  for (let row = 0; row < positive.length; row++) sum += squaredMiss(scores[row] ?? 0, positive[row] ?? 0);
  return sum / positive.length;
};

/** Of k classes: summed over them. `probabilities` holds n rows of k, row-major. */
export const squaredMisses = (
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
  row: number,
): number => {
  let sum = 0;
  for (let c = 0; c < k; c++) sum += squaredMiss(probabilities[row * k + c] ?? 0, truth[row] === c ? 1 : 0);
  return sum;
};

/** Brier's own score of k classes; in [0,2]. */
export const multiclassBrier = (probabilities: ArrayLike<number>, truth: ArrayLike<number>, k: number): number => {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) sum += squaredMisses(probabilities, truth, k, row);
  return sum / truth.length;
};
