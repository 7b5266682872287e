/**
 * Share of truths within ± the residual quantile of their prediction (split conformal, Vovk et al. 2005; Lei et al. 2018): rows at even positions
 * calibrate, those at odd ones are counted. Undefined where there are too few rows for the level.
 */
export const coverage = (predicted: ArrayLike<number>, truth: ArrayLike<number>, level: number): number | undefined => {
  const away = (row: number): number => Math.abs((truth[row] ?? 0) - (predicted[row] ?? 0));
  const calibration = Float64Array.from({ length: Math.ceil(truth.length / 2) }, (_, at) => away(2 * at)).sort();
  const rank = Math.ceil((calibration.length + 1) * level);
  const width = calibration[rank - 1];
  const counted = truth.length - calibration.length;
  if (width === undefined || counted === 0) return undefined;
  let within = 0;
  for (let row = 1; row < truth.length; row += 2) if (away(row) <= width) within += 1;
  return within / counted;
};
