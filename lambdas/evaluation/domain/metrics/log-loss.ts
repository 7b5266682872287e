/** Probabilities are clipped by this much, so that a certain mistake costs much but not everything. */
const CLIP = 1e-15;

/**
 * Mean negative log probability of the true class, in nats. `probabilities` holds n rows of k, row-major; rows are
 * normalised. Oracle: sklearn.metrics.log_loss.
 */
export const logLoss = (probabilities: ArrayLike<number>, truth: ArrayLike<number>, k: number): number => {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    let total = 0;
    for (let c = 0; c < k; c++) total += probabilities[row * k + c] ?? 0;
    const p = (probabilities[row * k + (truth[row] ?? 0)] ?? 0) / total;
    sum -= Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)));
  }
  return sum / truth.length;
};
