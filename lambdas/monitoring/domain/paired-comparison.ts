import * as z from 'zod';
import { logMeanExp } from './mixture';
import type { Verdict } from './verdict';

/** Bets, as shares of the largest that keeps every factor positive. */
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8] as const;

const logWealthSchema = z.array(z.number()).length(SHARES.length);

/**
 * What shadow has shown so far. Wealth multiplies pair by pair, so neither order nor chunking of the pairs matters.
 * `margin`: tolerated extra mean loss, absolute, in [0,1).
 */
export const pairedStateSchema = z.object({
  margin: z.number().min(0).max(0.99),
  n: z.number().int().nonnegative(),
  /** Σ D and Σ D², with D = loss(champion) − loss(challenger) in [−1,1]. */
  sum: z.number(),
  sumSquares: z.number(),
  better: logWealthSchema,
  notWorse: logWealthSchema,
  worse: logWealthSchema,
});
export type PairedState = z.infer<typeof pairedStateSchema>;

const zeros = (): number[] => SHARES.map(() => 0);

export const openPaired = (margin: number): PairedState => ({
  margin: Math.min(margin, 0.99),
  n: 0,
  sum: 0,
  sumSquares: 0,
  better: zeros(),
  notWorse: zeros(),
  worse: zeros(),
});

/** ln of the factors of one pair: 1 + share · x / bound, whose expectation is at most 1 under the null. */
const bet = (logWealth: readonly number[], x: number, bound: number): number[] =>
  logWealth.map((log, index) => log + Math.log1p(((SHARES[index] ?? 0) * x) / bound));

/**
 * Adds pairs. Factors: better 1 + λD with λ < 1; not worse 1 + λ(D + margin) with λ < 1/(1 − margin); worse
 * 1 − λ(D + margin) with λ < 1/(1 + margin). For 0/1 loss this is the anytime-valid McNemar test.
 * Source: Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting".
 */
export const addPairs = (state: PairedState, differences: readonly number[]): PairedState =>
  differences.reduce<PairedState>(
    (s, d) => ({
      margin: s.margin,
      n: s.n + 1,
      sum: s.sum + d,
      sumSquares: s.sumSquares + d * d,
      better: bet(s.better, d, 1),
      notWorse: bet(s.notWorse, d + s.margin, 1 - s.margin),
      worse: bet(s.worse, -(d + s.margin), 1 + s.margin),
    }),
    state,
  );

export interface PairedJudgement {
  readonly verdict: Verdict;
  readonly n: number;
  /** Mean of D: above 0 the challenger is better. */
  readonly meanDifference: number;
  /** Evidence against the opposite of each claim; a claim is proved at 1/α. */
  readonly eValues: { readonly better: number; readonly notWorse: number; readonly worse: number };
}

/** Largest e-value that is reported: JSON and DynamoDB carry no infinities. */
const E_MAX = 1e100;
const eValue = (logWealth: readonly number[]): number => Math.min(E_MAX, Math.exp(logMeanExp(logWealth)));

const verdictOf = (eValues: PairedJudgement['eValues'], n: number, alpha: number, minPairs: number): Verdict => {
  const proved = (e: number): boolean => e >= 1 / alpha;
  // Harm needs no minimum: the test is valid from the first pair.
  if (proved(eValues.worse)) return 'worse';
  if (n < minPairs) return 'not-yet';
  if (proved(eValues.better)) return 'better';
  return proved(eValues.notWorse) ? 'not-worse' : 'not-yet';
};

/** The verdict so far, valid at level α however often one looks. */
export const judgePairs = (
  state: PairedState,
  { alpha, minPairs }: { alpha: number; minPairs: number },
): PairedJudgement => {
  const eValues = { better: eValue(state.better), notWorse: eValue(state.notWorse), worse: eValue(state.worse) };
  const meanDifference = state.n === 0 ? 0 : state.sum / state.n;
  return { verdict: verdictOf(eValues, state.n, alpha, minPairs), n: state.n, meanDifference, eValues };
};
