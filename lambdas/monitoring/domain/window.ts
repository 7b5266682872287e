import * as z from 'zod';

/** Running totals of a version's outcomes. Gauges are ratios of these, so publishing them again changes nothing. */
export const windowSchema = z.object({
  n: z.number().int(),
  correct: z.number(),
  lossSum: z.number(),
  /** In the value table's currency. */
  valueSum: z.number(),
  /** From prediction to outcome, summed, in milliseconds. */
  delaySumMs: z.number(),
});
export type Window = z.infer<typeof windowSchema>;

/** What one outcome adds. */
export interface Observation {
  readonly loss: number;
  readonly correct: boolean;
  readonly value: number;
  readonly delayMs: number;
}

export const emptyWindow = (): Window => ({ n: 0, correct: 0, lossSum: 0, valueSum: 0, delaySumMs: 0 });

export const observe = (window: Window, { loss, correct, value, delayMs }: Observation): Window => ({
  n: window.n + 1,
  correct: window.correct + (correct ? 1 : 0),
  lossSum: window.lossSum + loss,
  valueSum: window.valueSum + value,
  delaySumMs: window.delaySumMs + delayMs,
});

/** A correction restates what was observed: the old truth leaves the totals, the new one enters. */
export const restate = (window: Window, before: Observation, after: Observation): Window => {
  const without = {
    n: window.n - 1,
    correct: window.correct - (before.correct ? 1 : 0),
    lossSum: window.lossSum - before.loss,
    valueSum: window.valueSum - before.value,
    delaySumMs: window.delaySumMs - before.delayMs,
  };
  return observe(without, after);
};
