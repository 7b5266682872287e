import { seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import { addPairs, judgePairs, openPaired } from '../../lambdas/monitoring/domain/paired-comparison';

const MARGIN = 0.01;
const ALPHA = 0.05;
const MIN_PAIRS = 300;
const DISAGREEMENT = 0.08;
/** Pairs between two looks. */
const LOOK_EVERY = 50;
const HORIZONS = [1_000, 10_000] as const;

type Claim = 'better' | 'notWorse' | 'worse';

/** Gains of the challenger (mean of D), and what was measured elsewhere at 1,000 / 10,000 pairs. */
export const PAIR_CASES: readonly { readonly gain: number; readonly expected: Partial<Record<Claim, string>> }[] = [
  { gain: 0.03, expected: { better: '.75 / 1' } },
  { gain: 0, expected: { notWorse: '.06 / .79', better: '.01 / .02' } },
  { gain: -0.01, expected: { notWorse: '.007 / .02' } },
  { gain: -0.03, expected: { worse: '.34 / 1' } },
];

/** Pairs at which each claim was first proved; Infinity where it was not. */
const firstProofs = (random: () => number, gain: number): Record<Claim, number> => {
  const proved: Record<Claim, number> = { better: Infinity, notWorse: Infinity, worse: Infinity };
  let state = openPaired(MARGIN);
  const gains = DISAGREEMENT / 2 + gain / 2;
  while (state.n < HORIZONS[1]) {
    const ds = Array.from({ length: LOOK_EVERY }, () => {
      const u = random();
      return u < gains ? 1 : u < DISAGREEMENT ? -1 : 0;
    });
    state = addPairs(state, ds);
    const { eValues } = judgePairs(state, { alpha: ALPHA, minPairs: MIN_PAIRS });
    for (const claim of ['better', 'notWorse', 'worse'] as const)
      if (state.n >= MIN_PAIRS && eValues[claim] >= 1 / ALPHA) proved[claim] = Math.min(proved[claim], state.n);
  }
  return proved;
};

export interface PairsResult {
  readonly gain: number;
  /** Share of runs in which the claim was ever proved, by 1,000 and by 10,000 pairs. */
  readonly proved: Record<Claim, readonly [number, number]>;
}

export const simulatePairs = (gain: number, runs: number, seed: number): PairsResult => {
  const random = seededRandom(seed);
  const found = Array.from({ length: runs }, () => firstProofs(random, gain));
  const shares = (claim: Claim): [number, number] => {
    const by = (horizon: number) => found.filter((run) => run[claim] <= horizon).length / runs;
    return [by(HORIZONS[0]), by(HORIZONS[1])];
  };
  return { gain, proved: { better: shares('better'), notWorse: shares('notWorse'), worse: shares('worse') } };
};
