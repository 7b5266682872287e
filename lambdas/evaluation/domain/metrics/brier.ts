/** Mean squared distance of a probability from what was true (1) or not (0); in [0,1]. Oracle: sklearn.metrics.brier_score_loss. */
export const brier = (scores: ArrayLike<number>, positive: ArrayLike<number>): number => {
  let sum = 0;
  for (let row = 0; row < positive.length; row++) sum += ((scores[row] ?? 0) - (positive[row] ?? 0)) ** 2;
  return sum / positive.length;
};

/** Brier's own score of k classes: the squared distance summed over them; in [0,2]. `probabilities` holds n rows of k, row-major. */
export const multiclassBrier = (probabilities: ArrayLike<number>, truth: ArrayLike<number>, k: number): number => {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    for (let c = 0; c < k; c++) sum += ((probabilities[row * k + c] ?? 0) - (truth[row] === c ? 1 : 0)) ** 2;
  }
  return sum / truth.length;
};
