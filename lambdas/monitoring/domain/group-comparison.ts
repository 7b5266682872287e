import * as z from 'zod';
import type { Verdict } from './verdict';

/** Below these per arm nothing is said: the sequence is asymptotic. */
const MIN_OUTCOMES = 200;
const MIN_LOSSES = 10;
/** Buckets per arm: from fewer clusters their variance cannot be told, and two that happen to agree look like certainty. */
const MIN_BUCKETS = 20;
/** Sample size at which the sequence is tightest. */
const TUNED_FOR = 5000;

/**
 * What one arm of a canary has shown: outcomes and losses, by bucket of the routing key (256 of them). A bucket holds whole
 * keys, so bucket totals are clusters too, and few enough to keep.
 */
export const armStateSchema = z.object({
  n: z.number().int().nonnegative(),
  /** Σ loss. */
  sum: z.number(),
  /** [outcomes, Σ loss] of each bucket that has any. */
  buckets: z.record(z.string(), z.tuple([z.number(), z.number()])),
});
export type ArmState = z.infer<typeof armStateSchema>;

export const openArm = (): ArmState => ({ n: 0, sum: 0, buckets: {} });

export const addToArm = (
  state: ArmState,
  rows: readonly { readonly bucket: number; readonly loss: number }[],
): ArmState => {
  const buckets = { ...state.buckets };
  let { n, sum } = state;
  for (const { bucket, loss } of rows) {
    const [count, total] = buckets[bucket] ?? [0, 0];
    buckets[bucket] = [count + 1, total + loss];
    n += 1;
    sum += loss;
  }
  return { n, sum, buckets };
};

/**
 * Variance of one outcome's loss as the mean sees it: n · Var(mean), with the cluster-robust variance of a ratio,
 * Σ_b (S_b − n_b·mean)² · B/(B − 1) / n². Equals the plain variance where callers are independent.
 */
const clusteredVariance = ({ n, sum, buckets }: ArmState): number => {
  const mean = sum / n;
  const totals = Object.values(buckets);
  const spread = totals.reduce((acc, [count, total]) => acc + (total - count * mean) ** 2, 0);
  return totals.length < 2 ? Number.POSITIVE_INFINITY : (spread * totals.length) / (totals.length - 1) / n;
};

/** Tuning of the mixture for n = 5,000 at level α. Source: Waudby-Smith et al., "Time-uniform central limit theory". */
const tuning = (alpha: number): number => {
  const log = -2 * Math.log(alpha);
  return Math.sqrt((log + Math.log(log + 1)) / TUNED_FOR);
};

/** Half-width of the asymptotic confidence sequence for a mean of `n` terms with standard deviation `sigma`. */
export const sequenceHalfWidth = (n: number, sigma: number, alpha: number): number => {
  const rho2 = tuning(alpha) ** 2;
  const grown = n * rho2 + 1;
  return sigma * Math.sqrt(((2 * grown) / (n * n * rho2)) * Math.log(Math.sqrt(grown) / alpha));
};

/** Two-sided normal quantile at .001: a sample ratio less probable than that does not compare like with like. */
const Z_RATIO = 3.2905267314919255;

/** Whether the challenger's share of outcomes is too far from its weight, clusters taken into account. */
const ratioMismatch = (champion: ArmState, challenger: ArmState, weight: number): boolean => {
  const buckets = new Set([...Object.keys(champion.buckets), ...Object.keys(challenger.buckets)]);
  let observed = 0;
  let variance = 0;
  for (const bucket of buckets) {
    const excess =
      (challenger.buckets[bucket]?.[0] ?? 0) * (1 - weight) - (champion.buckets[bucket]?.[0] ?? 0) * weight;
    observed += excess;
    variance += excess * excess;
  }
  return Math.abs(observed) > Z_RATIO * Math.sqrt(variance);
};

export interface GroupJudgement {
  readonly verdict: Verdict;
  /** Mean loss of the challenger less that of the champion; NaN without outcomes. */
  readonly difference: number;
  readonly halfWidth: number;
  readonly n: { readonly champion: number; readonly challenger: number };
  /** Why there is no verdict. */
  readonly reason?: string;
}

const verdictOf = (difference: number, halfWidth: number, margin: number): Verdict => {
  if (difference - halfWidth > margin) return 'worse';
  if (difference + halfWidth < 0) return 'better';
  return difference + halfWidth < margin ? 'not-worse' : 'not-yet';
};

/** Compares the arms of a canary in which the challenger answers `weight` of the keys; valid however often one looks. */
export const compareArms = (
  champion: ArmState,
  challenger: ArmState,
  { weight, margin, alpha }: { weight: number; margin: number; alpha: number },
): GroupJudgement => {
  const n = { champion: champion.n, challenger: challenger.n };
  const difference = challenger.sum / challenger.n - champion.sum / champion.n;
  const total = champion.n + challenger.n;
  const sigma = Math.sqrt(
    clusteredVariance(challenger) / weight + clusteredVariance(champion) / Math.max(1e-9, 1 - weight),
  );
  const halfWidth = sequenceHalfWidth(total, sigma, alpha);
  const judged = { difference, halfWidth, n };
  const small = [champion, challenger].some((arm) => arm.n < MIN_OUTCOMES || arm.sum < MIN_LOSSES);
  if (small)
    return {
      ...judged,
      verdict: 'not-yet',
      reason: `fewer than ${MIN_OUTCOMES} outcomes or ${MIN_LOSSES} losses in an arm`,
    };
  if ([champion, challenger].some((arm) => Object.keys(arm.buckets).length < MIN_BUCKETS))
    return { ...judged, verdict: 'not-yet', reason: `routing keys in fewer than ${MIN_BUCKETS} buckets in an arm` };
  if (ratioMismatch(champion, challenger, weight))
    return { ...judged, verdict: 'not-yet', reason: 'sample ratio mismatch: outcomes of one arm are missing' };
  return { ...judged, verdict: verdictOf(difference, halfWidth, margin) };
};
