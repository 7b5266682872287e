import * as z from 'zod';
import type { Task } from './manifest';

type Goodness = { readonly better: 'higher' | 'lower' } | { readonly better: 'target'; readonly target: number };
type Facts = Goodness & { readonly tasks: readonly Task[] };

const TWO: readonly Task[] = ['binary-classification'];
const CLASSES: readonly Task[] = ['binary-classification', 'multiclass-classification'];
const NUMBERS: readonly Task[] = ['regression'];

/** Every metric of an evaluation: what is good of it, and of which tasks it is taken. */
export const METRICS = {
  accuracy: { better: 'higher', tasks: CLASSES },
  logLoss: { better: 'lower', tasks: CLASSES },
  brier: { better: 'lower', tasks: CLASSES },
  rocAuc: { better: 'higher', tasks: CLASSES },
  /** Average precision. */
  prAuc: { better: 'higher', tasks: CLASSES },
  f1: { better: 'higher', tasks: CLASSES },
  /** Expected calibration error. */
  calibrationError: { better: 'lower', tasks: CLASSES },
  calibrationIntercept: { better: 'target', target: 0, tasks: TWO },
  calibrationSlope: { better: 'target', target: 1, tasks: TWO },
  rmse: { better: 'lower', tasks: NUMBERS },
  mae: { better: 'lower', tasks: NUMBERS },
  r2: { better: 'higher', tasks: NUMBERS },
  /** Share of truths within the split-conformal interval of 50 %. */
  coverage50: { better: 'target', target: 0.5, tasks: NUMBERS },
  coverage80: { better: 'target', target: 0.8, tasks: NUMBERS },
  coverage90: { better: 'target', target: 0.9, tasks: NUMBERS },
  coverage95: { better: 'target', target: 0.95, tasks: NUMBERS },
} as const satisfies Readonly<Record<string, Facts>>;

export type MetricName = keyof typeof METRICS;

export const metricNameSchema = z.enum(Object.keys(METRICS) as [MetricName, ...MetricName[]]);

/** By how much `own` is worse than `theirs`, in the metric's unit; negative where it is better. */
export const worseBy = (metric: MetricName, own: number, theirs: number): number => {
  const facts: Facts = METRICS[metric];
  switch (facts.better) {
    case 'higher':
      return theirs - own;
    case 'lower':
      return own - theirs;
    case 'target':
      return Math.abs(own - facts.target) - Math.abs(theirs - facts.target);
  }
};
