/** Standard normal quantile for a one-sided confidence of 95 %, and for a two-sided one. */
export const Z_ONE_SIDED_95 = 1.6448536269514722;
export const Z_TWO_SIDED_95 = 1.959963984540054;

interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Wilson score interval of a proportion from `n` trials with mean `p`.
 * Source: Wilson (1927); oracle: statsmodels proportion_confint(method="wilson").
 */
export const wilsonInterval = (p: number, n: number, z: number = Z_TWO_SIDED_95): Interval => {
  if (n <= 0) return { lower: 0, upper: 1 };
  const z2 = z * z;
  const center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { lower: Math.max(0, center - half), upper: Math.min(1, center + half) };
};

/** One-sided 95 % upper bound of a mean loss p̂ in [0,1] over `n` rows. */
export const wilsonUpper = (p: number, n: number): number => wilsonInterval(p, n, Z_ONE_SIDED_95).upper;
