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

/** Length of the sum of two distances that go with each other as `correlation` says. */
const joined = (x: number, y: number, correlation: number): number =>
  correlation === 0 ? Math.hypot(x, y) : Math.sqrt(Math.max(0, x * x + y * y - 2 * correlation * x * y));

/**
 * Interval of a − b of proportions by Newcombe's hybrid score method (1998, method 10).
 * @param level such as 0.95. Oracle: statsmodels confint_proportions_2indep(method="newcomb").
 * @param correlation of the two estimates (Zou and Donner 2008). @default 0, independent
 */
export const newcombe = (a: Share, b: Share, level: number, correlation = 0): Difference => {
  const z = zOf(level);
  const ofA = wilsonInterval(a.rate, a.n, z);
  const ofB = wilsonInterval(b.rate, b.n, z);
  const difference = a.rate - b.rate;
  return {
    difference,
    low: difference - joined(a.rate - ofA.lower, ofB.upper - b.rate, correlation),
    high: difference + joined(ofA.upper - a.rate, b.rate - ofB.lower, correlation),
  };
};
