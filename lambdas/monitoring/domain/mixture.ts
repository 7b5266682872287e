/** ln of the mean of exp(x): the evidence of a mixture with equal weights, from the log evidence of its parts. */
export const logMeanExp = (logs: readonly number[]): number => {
  const top = Math.max(...logs);
  if (!Number.isFinite(top)) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0) / logs.length);
};
