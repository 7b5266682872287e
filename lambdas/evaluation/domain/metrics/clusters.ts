/** Which cluster each row is of: rows of one are not independent of each other, clusters are. */
export interface Clusters {
  /** By row; whole numbers from 0, without gaps. */
  readonly codes: Int32Array;
  readonly n: number;
}

/** From fewer clusters than this a variance cannot be told (Cameron and Miller 2015, section VI). */
const MIN_CLUSTERS = 30;

export const areTooFew = (clusters: number): boolean => clusters < MIN_CLUSTERS;

/** Sum over the rows of each cluster. */
export const sumsBy = ({ codes, n }: Clusters, valueAt: (row: number) => number): Float64Array => {
  const sums = new Float64Array(n);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? 0;
    sums[code] = (sums[code] ?? 0) + valueAt(row);
  }
  return sums;
};

/** How many clusters have a row among those given. */
export const clustersAmong = ({ codes, n }: Clusters, rows: Int32Array): number => {
  const seen = new Uint8Array(n);
  let found = 0;
  for (const row of rows) {
    const code = codes[row] ?? 0;
    if (seen[code] === 0) found += 1;
    seen[code] = 1;
  }
  return found;
};
