import type { Estimate } from './mean-difference';
import { midranks, rankingOf } from './ranking';

/** Share of the other class that each row is ranked rightly against. */
export interface Placements {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** By ranks within all rows and within a class (Sun and Xu 2014), in O(n log n). */
const placementsOf = (scores: ArrayLike<number>, positive: ArrayLike<number>): Placements => {
  const of = (flag: number) => Float64Array.from(scores).filter((_, row) => (positive[row] ?? 0) === flag);
  const [ups, downs] = [of(1), of(0)];
  const all = new Float64Array(ups.length + downs.length);
  all.set(ups);
  all.set(downs, ups.length);
  const ranks = midranks(all);
  const [amongUps, amongDowns] = [midranks(ups), midranks(downs)];
  return {
    positives: ups.map((_, at) => ((ranks[at] ?? 0) - (amongUps[at] ?? 0)) / downs.length),
    negatives: downs.map((_, at) => 1 - ((ranks[ups.length + at] ?? 0) - (amongDowns[at] ?? 0)) / ups.length),
  };
};

export const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const varianceOf = (values: Float64Array): number => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
};

/** Placements by `a` less those by `b`, in the order of the rows of each class. Undefined with fewer than two rows of a class, and when a score is no number. */
export const placementDifferences = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  positive: ArrayLike<number>,
): Placements | undefined => {
  if (rankingOf(a) === undefined || rankingOf(b) === undefined) return undefined;
  const [ofA, ofB] = [placementsOf(a, positive), placementsOf(b, positive)];
  const positives = ofA.positives.map((value, at) => value - (ofB.positives[at] ?? 0));
  const negatives = ofA.negatives.map((value, at) => value - (ofB.negatives[at] ?? 0));
  return positives.length < 2 || negatives.length < 2 ? undefined : { positives, negatives };
};

/** AUC(a) − AUC(b) on the same rows, and its standard error (DeLong et al. 1988). Undefined where there are no placements. */
export const deLong = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  positive: ArrayLike<number>,
): Estimate | undefined => {
  const placements = placementDifferences(a, b, positive);
  if (placements === undefined) return undefined;
  const { positives, negatives } = placements;
  const variance = varianceOf(positives) / positives.length + varianceOf(negatives) / negatives.length;
  return { difference: meanOf(positives), standardError: Math.sqrt(variance) };
};
