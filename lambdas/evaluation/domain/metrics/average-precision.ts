import { rankingOf } from './ranking';

/**
 * Area under the precision–recall curve as average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ over thresholds, highest first; no
 * interpolation. Undefined without a positive row, and when a score is no number. Oracle: sklearn.metrics.average_precision_score.
 */
export const averagePrecision = (
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
  order: Uint32Array | undefined = rankingOf(scores),
): number | undefined => {
  if (order === undefined) return undefined;
  let [found, seen, area] = [0, 0, 0];
  for (let end = order.length; end > 0; ) {
    const score = scores[order[end - 1] ?? 0];
    let hits = 0;
    for (; end > 0 && scores[order[end - 1] ?? 0] === score; end--) {
      hits += positive[order[end - 1] ?? 0] ?? 0;
      seen += 1;
    }
    found += hits;
    area += hits * (found / seen);
  }
  return found === 0 ? undefined : area / found;
};
