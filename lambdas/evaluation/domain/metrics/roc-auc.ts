/** Ranks from 1 in ascending order of score, summed over the positive rows; ties share the mean of their ranks. */
const positiveRanks = (scores: ArrayLike<number>, positive: ArrayLike<number | boolean>) => {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => (scores[a] ?? 0) - (scores[b] ?? 0),
  );
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end] ?? 0] === scores[order[start] ?? 0]) end += 1;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (!positive[order[i] ?? 0]) continue;
      rankSum += rank;
      positives += 1;
    }
    start = end;
  }
  return { rankSum, positives };
};

/**
 * Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
 * (Mann–Whitney). Undefined when there is only one class, and when a score is no number. Oracle: sklearn.metrics.roc_auc_score.
 */
export const rocAuc = (scores: ArrayLike<number>, positive: ArrayLike<number | boolean>): number | undefined => {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) return undefined;
  const { rankSum, positives } = positiveRanks(scores, positive);
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};

/** Mean over the classes of one class against the rest. `probabilities` holds n rows of k, row-major. Undefined when a class is absent. */
export const macroRocAuc = (
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
): number | undefined => {
  let sum = 0;
  for (let c = 0; c < k; c++) {
    const scores = Float64Array.from({ length: truth.length }, (_, row) => probabilities[row * k + c] ?? 0);
    const auc = rocAuc(
      scores,
      Uint8Array.from({ length: truth.length }, (_, row) => (truth[row] === c ? 1 : 0)),
    );
    if (auc === undefined) return undefined;
    sum += auc;
  }
  return sum / k;
};
