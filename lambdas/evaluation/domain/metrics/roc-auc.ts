import { averagePrecision } from './average-precision';
import { midranks, rankingOf } from './ranking';

const positiveRanks = (scores: ArrayLike<number>, positive: ArrayLike<number | boolean>, order: Uint32Array) => {
  let rankSum = 0;
  let positives = 0;
  midranks(scores, order).forEach((rank, row) => {
    if (!positive[row]) return;
    rankSum += rank;
    positives += 1;
  });
  return { rankSum, positives };
};

/**
 * Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
 * (Mann–Whitney). Undefined when there is only one class, and when a score is no number. Oracle: sklearn.metrics.roc_auc_score.
 */
export const rocAuc = (
  scores: ArrayLike<number>,
  positive: ArrayLike<number | boolean>,
  order: Uint32Array | undefined = rankingOf(scores),
): number | undefined => {
  if (order === undefined) return undefined;
  const { rankSum, positives } = positiveRanks(scores, positive, order);
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};

/** Means over the classes of one class against the rest. */
export interface OneAgainstRest {
  readonly rocAuc: number | undefined;
  readonly prAuc: number | undefined;
}

/** `probabilities` holds n rows of k, row-major. A metric is undefined when it is so of a class. */
export const oneAgainstRest = (
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
): OneAgainstRest => {
  const sums: { roc: number | undefined; pr: number | undefined } = { roc: 0, pr: 0 };
  for (let c = 0; c < k; c++) {
    const scores = Float64Array.from({ length: truth.length }, (_, row) => probabilities[row * k + c] ?? 0);
    const positive = Uint8Array.from({ length: truth.length }, (_, row) => (truth[row] === c ? 1 : 0));
    const order = rankingOf(scores);
    sums.roc = plus(sums.roc, rocAuc(scores, positive, order));
    sums.pr = plus(sums.pr, averagePrecision(scores, positive, order));
  }
  return { rocAuc: sums.roc && sums.roc / k, prAuc: sums.pr && sums.pr / k };
};

const plus = (sum: number | undefined, value: number | undefined): number | undefined =>
  sum === undefined || value === undefined ? undefined : sum + value;
