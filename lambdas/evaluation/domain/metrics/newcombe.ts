import { wilsonInterval } from '../../../monitoring/domain/wilson';
import { zOf } from './normal';

/** A share of so many rows. */
export interface Share {
  readonly rate: number;
  readonly n: number;
}

export interface Difference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Interval of a − b of independent proportions by Newcombe's hybrid score method (1998, method 10).
 * @param level such as 0.95. Oracle: statsmodels confint_proportions_2indep(method="newcomb").
 */
export const newcombe = (a: Share, b: Share, level: number): Difference => {
  const z = zOf(level);
  const ofA = wilsonInterval(a.rate, a.n, z);
  const ofB = wilsonInterval(b.rate, b.n, z);
  const difference = a.rate - b.rate;
  return {
    difference,
    low: difference - Math.hypot(a.rate - ofA.lower, ofB.upper - b.rate),
    high: difference + Math.hypot(ofA.upper - a.rate, b.rate - ofB.lower),
  };
};
