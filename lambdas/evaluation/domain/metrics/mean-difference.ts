import { areTooFew, type Clusters, sumsBy } from './clusters';

/** A difference, and how far chance alone would carry it. */
export interface Estimate {
  readonly difference: number;
  readonly standardError: number;
  /** Of Student's t; absent where it is normal. */
  readonly degreesOfFreedom?: number;
}

const meanOver = (rows: number, differenceAt: (row: number) => number): number => {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += differenceAt(row);
  return sum / rows;
};

/** Mean over rows that are independent, and its standard error. Undefined under two rows. */
export const meanDifference = (rows: number, differenceAt: (row: number) => number): Estimate | undefined => {
  if (rows < 2) return undefined;
  const difference = meanOver(rows, differenceAt);
  let squares = 0;
  for (let row = 0; row < rows; row++) squares += (differenceAt(row) - difference) ** 2;
  return { difference, standardError: Math.sqrt(squares / (rows - 1) / rows) };
};

/**
 * Mean over clustered rows, and its cluster-robust standard error (Liang and Zeger 1986, with G/(G − 1) for G clusters). `few`: under 30
 * clusters. Oracle: statsmodels OLS on a constant, cov_type="cluster".
 */
export const clusteredMeanDifference = (
  clusters: Clusters,
  differenceAt: (row: number) => number,
): Estimate | 'few' => {
  if (areTooFew(clusters.n)) return 'few';
  const rows = clusters.codes.length;
  const difference = meanOver(rows, differenceAt);
  const sums = sumsBy(clusters, (row) => differenceAt(row) - difference);
  const squares = sums.reduce((sum, value) => sum + value ** 2, 0);
  const standardError = Math.sqrt((clusters.n / (clusters.n - 1)) * squares) / rows;
  return { difference, standardError, degreesOfFreedom: clusters.n - 1 };
};
