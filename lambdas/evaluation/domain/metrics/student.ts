import { jStat } from 'jstat';

/** Half-width, in standard errors, of the two-sided interval of a level such as 0.95 by Student's t. Oracle: scipy.stats.t. */
export const tOf = (level: number, degreesOfFreedom: number): number =>
  jStat.studentt.inv(1 - (1 - level) / 2, degreesOfFreedom);

/** Probability of something at least as far from 0, either way. */
export const twoSidedT = (t: number, degreesOfFreedom: number): number =>
  Number.isFinite(t) ? jStat.ibeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) : 0;
