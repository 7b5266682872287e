/** Probabilities are clipped by this much, so that a certain mistake costs much but not everything. */
const CLIP = 1e-15;

/** Negative log of the probability that was given to what came, in nats. */
export const surprise = (p: number): number => -Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)));

/** Probability of the true class, 0 of one that the model does not know; rows of `k` probabilities lie one after the other, and are normalised. */
export const trueProbability = (
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
  row: number,
): number => {
  const came = truth[row] ?? 0;
  if (came >= k) return 0;
  let total = 0;
  for (let c = 0; c < k; c++) total += probabilities[row * k + c] ?? 0;
  return (probabilities[row * k + came] ?? 0) / total;
};

/** Mean surprise of two classes. @param scores probability of the positive one. Oracle: sklearn.metrics.log_loss. */
export const binaryLogLoss = (scores: ArrayLike<number>, positive: ArrayLike<number>): number => {
  let sum = 0;
  for (let row = 0; row < positive.length; row++) {
    const score = scores[row] ?? 0;
    sum += surprise(positive[row] === 1 ? score : 1 - score);
  }
  return sum / positive.length;
};

/** Mean surprise of k classes. `probabilities` holds n rows of k, row-major. Oracle: sklearn.metrics.log_loss. */
export const logLoss = (probabilities: ArrayLike<number>, truth: ArrayLike<number>, k: number): number => {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) sum += surprise(trueProbability(probabilities, truth, k, row));
  return sum / truth.length;
};
