import { quantiles } from './quantile';

export const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;
/** Rarer levels share a bin: under 1 % of the rows, or under 20 rows. */
const MIN_LEVEL_SHARE = 0.01;
const MIN_LEVEL_ROWS = 20;

/** Baseline of a number: counts between edges (value ≤ edge goes below), and of missing values. */
export interface NumberBins {
  readonly kind: 'number';
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly missing: number;
}

/** Baseline of a category: counts by level; rare ones together as `other`. */
export interface LevelBins {
  readonly kind: 'level';
  readonly levels: Readonly<Record<string, number>>;
  readonly other: number;
  readonly missing: number;
}

/** Deciles, tied ones merged; NaN counts as missing. */
export const numberBins = (values: ArrayLike<number>): NumberBins => {
  const present = Float64Array.from(values).filter((value) => !Number.isNaN(value));
  const edges = present.length === 0 ? [] : [...new Set(quantiles(present, DECILES))];
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of present) {
    const above = edges.findIndex((edge) => value <= edge);
    const bin = above === -1 ? edges.length : above;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { kind: 'number', edges, counts, missing: values.length - present.length };
};

/** Counts by level; the empty string counts as missing. */
export const levelBins = (values: readonly string[]): LevelBins => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const missing = counts.get('') ?? 0;
  counts.delete('');
  const least = Math.max(MIN_LEVEL_ROWS, MIN_LEVEL_SHARE * values.length);
  const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = entries.filter(([, count]) => count >= least);
  const keptRows = kept.reduce((sum, [, count]) => sum + count, 0);
  return { kind: 'level', levels: Object.fromEntries(kept), other: values.length - missing - keptRows, missing };
};
