import type { Clusters } from './clusters';
import { rowsBy } from './rows-by';

/** Of the clusters that rows of one side are of: how many, and sums over them, where a cluster has `h` hits in `n` rows. */
export interface ClusterSums {
  readonly clusters: number;
  readonly hits: number;
  readonly rows: number;
  readonly hh: number;
  readonly hn: number;
  readonly nn: number;
}

/** A group and all others, by cluster. */
export interface ClusteredSides {
  readonly own: ClusterSums;
  readonly rest: ClusterSums;
  /** Clusters with a row on either side. */
  readonly clusters: number;
  /** Sums over the clusters with rows on both sides: of the products of the group's and the others' hits and rows. */
  readonly across: { readonly hh: number; readonly hn: number; readonly nh: number; readonly nn: number };
}

/** Rows by column, all of one length; the rate is that of `hit` among the rows with `counted`. */
export interface CountedRows {
  readonly counted: (row: number) => number;
  readonly hit: (row: number) => number;
}

type Sums = { -readonly [K in keyof ClusterSums]: ClusterSums[K] };

const none = (): Sums => ({ clusters: 0, hits: 0, rows: 0, hh: 0, hn: 0, nn: 0 });

/** @param sign −1 takes a cluster out again; counts are whole numbers below 2⁵³, so that nothing is lost. */
const add = (sums: Sums, hits: number, rows: number, sign: 1 | -1 = 1): void => {
  if (rows === 0) return;
  sums.clusters += sign;
  sums.hits += sign * hits;
  sums.rows += sign * rows;
  sums.hh += sign * hits * hits;
  sums.hn += sign * hits * rows;
  sums.nn += sign * rows * rows;
};

interface ByCluster {
  readonly hits: Float64Array;
  readonly rows: Float64Array;
}

const emptyBy = (n: number): ByCluster => ({ hits: new Float64Array(n), rows: new Float64Array(n) });

/** Counts rows by cluster; returns the clusters that had none before. */
const tally = (by: ByCluster, { codes }: Clusters, rows: Int32Array, { counted, hit }: CountedRows): number[] => {
  const touched: number[] = [];
  for (const row of rows) {
    if (counted(row) === 0) continue;
    const code = codes[row] ?? 0;
    if (by.rows[code] === 0) touched.push(code);
    by.rows[code] = (by.rows[code] ?? 0) + 1;
    by.hits[code] = (by.hits[code] ?? 0) + hit(row);
  }
  return touched;
};

const sidesOf = (touched: readonly number[], own: ByCluster, all: ByCluster, whole: ClusterSums): ClusteredSides => {
  const ofOwn = none();
  const ofRest: Sums = { ...whole };
  const across = { hh: 0, hn: 0, nh: 0, nn: 0 };
  for (const code of touched) {
    const [hits, rows] = [own.hits[code] ?? 0, own.rows[code] ?? 0];
    const [allHits, allRows] = [all.hits[code] ?? 0, all.rows[code] ?? 0];
    const [restHits, restRows] = [allHits - hits, allRows - rows];
    add(ofOwn, hits, rows);
    add(ofRest, allHits, allRows, -1);
    add(ofRest, restHits, restRows);
    across.hh += hits * restHits;
    across.hn += hits * restRows;
    across.nh += rows * restHits;
    across.nn += rows * restRows;
    [own.hits[code], own.rows[code]] = [0, 0];
  }
  return { own: ofOwn, rest: ofRest, clusters: whole.clusters, across };
};

/** Every group of an attribute beside all others, in time that grows with the rows and not with the groups. */
export const clusteredSides = (
  groups: readonly string[],
  clusters: Clusters,
  rows: CountedRows,
): ReadonlyMap<string, ClusteredSides> => {
  const byGroup = rowsBy(groups);
  const all = emptyBy(clusters.n);
  for (const [, own] of byGroup) tally(all, clusters, own, rows);
  const whole = none();
  for (let code = 0; code < clusters.n; code++) add(whole, all.hits[code] ?? 0, all.rows[code] ?? 0);
  const scratch = emptyBy(clusters.n);
  return new Map(
    byGroup.map(([group, own]) => [group, sidesOf(tally(scratch, clusters, own, rows), scratch, all, whole)]),
  );
};
