const clip01 = (x: number): number => Math.min(1, Math.max(0, x));

/** Loss of a predicted class: 0 right, 1 wrong. */
export const errorLoss = (predicted: number, truth: number): number => (predicted === truth ? 0 : 1);

/** Absolute error as a share of the model's cap (99th percentile on its evaluation data, same unit), clipped to [0,1]. */
export const absoluteLoss = (predicted: number, truth: number, cap: number): number =>
  clip01(Math.abs(predicted - truth) / cap);

/** Squared error of the positive class's probability; clipped, since a score that was declared a probability need not be one. */
export const brierLoss = (probability: number, isPositive: boolean): number =>
  clip01((probability - (isPositive ? 1 : 0)) ** 2);

/** Probabilities nearer to 0 or 1 than this count as this: one confident mistake must not outweigh a thousand rows. */
const LOG_CLIP = 0.01;

/** Log loss with probabilities clipped to [0.01, 0.99], scaled by its largest value to [0,1]. */
export const logLoss01 = (probability: number, isPositive: boolean): number => {
  const p = Math.min(1 - LOG_CLIP, Math.max(LOG_CLIP, isPositive ? probability : 1 - probability));
  return Math.log(p) / Math.log(LOG_CLIP);
};
