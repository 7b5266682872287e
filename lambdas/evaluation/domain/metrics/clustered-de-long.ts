import { areTooFew, type Clusters } from './clusters';
import { meanOf, placementDifferences } from './de-long';
import type { Estimate } from './mean-difference';

/** Of one class: how many clusters have a row of it, and by cluster the rows and the sum of what they deviate. */
interface ClassByCluster {
  readonly clusters: number;
  readonly rows: number;
  readonly deviations: Float64Array;
}

const classByCluster = (
  values: Float64Array,
  difference: number,
  { codes, n }: Clusters,
  isOfClass: (row: number) => boolean,
): ClassByCluster => {
  const deviations = new Float64Array(n);
  const seen = new Uint8Array(n);
  let at = 0;
  for (let row = 0; row < codes.length; row++) {
    if (!isOfClass(row)) continue;
    const code = codes[row] ?? 0;
    deviations[code] = (deviations[code] ?? 0) + (values[at++] ?? 0) - difference;
    seen[code] = 1;
  }
  return { clusters: seen.reduce((sum, one) => sum + one, 0), rows: values.length, deviations };
};

const productsOf = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

/** m/(m − 1) · Σ a·b / (rows · rows) over m clusters. */
const covarianceOf = (a: ClassByCluster, b: ClassByCluster, clusters: number): number =>
  ((clusters / (clusters - 1)) * productsOf(a.deviations, b.deviations)) / (a.rows * b.rows);

/**
 * AUC(a) − AUC(b) on the same clustered rows, and its standard error (Obuchowski, "Nonparametric analysis of clustered ROC curve data",
 * Biometrics 53, 1997): placements are summed by cluster; positives and negatives of one cluster vary together. `few`: fewer than 30 clusters
 * have a row of a class. Undefined as DeLong's is.
 */
export const clusteredDeLong = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  positive: ArrayLike<number>,
  clusters: Clusters,
): Estimate | 'few' | undefined => {
  const placements = placementDifferences(a, b, positive);
  if (placements === undefined) return undefined;
  const difference = meanOf(placements.positives);
  const ups = classByCluster(placements.positives, difference, clusters, (row) => positive[row] === 1);
  const downs = classByCluster(placements.negatives, difference, clusters, (row) => positive[row] !== 1);
  if (areTooFew(ups.clusters) || areTooFew(downs.clusters)) return 'few';
  const variance =
    covarianceOf(ups, ups, ups.clusters) +
    covarianceOf(downs, downs, downs.clusters) +
    2 * covarianceOf(ups, downs, clusters.n);
  const degreesOfFreedom = Math.min(ups.clusters, downs.clusters) - 1;
  return { difference, standardError: Math.sqrt(Math.max(0, variance)), degreesOfFreedom };
};
