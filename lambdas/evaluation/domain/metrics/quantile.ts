/** The q-quantiles (0 ≤ q ≤ 1) with linear interpolation between order statistics, as numpy.quantile. NaN without values. */
export const quantiles = (values: ArrayLike<number>, qs: readonly number[]): number[] => {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return qs.map(() => Number.NaN);
  return qs.map((q) => {
    const position = q * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? 0;
    const above = sorted[Math.ceil(position)] ?? 0;
    return below + (above - below) * (position - Math.floor(position));
  });
};

export const quantile = (values: ArrayLike<number>, q: number): number => quantiles(values, [q])[0] ?? Number.NaN;
