import { jStat } from 'jstat';

/** Half-width, in standard errors, of the two-sided normal interval of a level such as 0.95. */
export const zOf = (level: number): number => jStat.normal.inv(1 - (1 - level) / 2, 0, 1);

/** Probability of something at least as far from 0, either way; 0 where it is under 1e-15. */
export const twoSidedP = (z: number): number => Math.min(1, jStat.erfc(Math.abs(z) / Math.SQRT2));
