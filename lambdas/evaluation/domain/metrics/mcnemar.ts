/**
 * McNemar's exact test: the probability of a split of rows that only one side got right at least as uneven as `a` to `b`,
 * were both as good. Two-sided binomial at 1/2. Oracle: statsmodels mcnemar(exact=True).
 */
export const mcnemar = (a: number, b: number): number => {
  const n = a + b;
  const fewer = Math.min(a, b);
  // Summed as logarithms: 2⁻ⁿ alone is 0 from n = 1075 on.
  let term = -n * Math.LN2;
  let sum = Math.exp(term);
  for (let k = 1; k <= fewer; k++) {
    term += Math.log((n - k + 1) / k);
    sum += Math.exp(term);
  }
  return Math.min(1, 2 * sum);
};
