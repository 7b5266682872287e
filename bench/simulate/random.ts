/** Uniform numbers in [0,1) that are the same in every run (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Successes among `n` trials, exact: jumps from one success to the next, so the cost is that of the successes. */
export const binomial = (random: () => number, n: number, p: number): number => {
  if (p <= 0) return 0;
  const logMiss = Math.log1p(-p);
  let successes = -1;
  for (let at = 0; at <= n; successes++) at += Math.floor(Math.log1p(-random()) / logMiss) + 1;
  return successes;
};

/** The q-quantile of what runs took, Infinity for runs that never got there; no interpolation. */
export const quantileOfRuns = (runs: readonly number[], q: number): number => {
  const sorted = [...runs].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
};
