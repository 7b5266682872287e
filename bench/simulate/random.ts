/** Successes among `n` trials, exact: jumps from one success to the next, so the cost is that of the successes. */
export const binomial = (random: () => number, n: number, p: number): number => {
  if (p <= 0) return 0;
  const logMiss = Math.log1p(-p);
  let successes = -1;
  for (let at = 0; at <= n; successes++) at += Math.floor(Math.log1p(-random()) / logMiss) + 1;
  return successes;
};
