import { seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import { addToArm, compareArms, openArm, sequenceHalfWidth } from '../../lambdas/monitoring/domain/group-comparison';

const WEIGHT = 0.05;
const ERROR_RATE = 0.1;
const MARGIN = 0.01;
const ALPHA = 0.05;
const BUCKETS = 256;
/** Outcomes between two looks, and in all. */
const LOOK_EVERY = 250;
const OUTCOMES = 40_000;

/** How outcomes fall on routing keys. Keys err at .02 or at .18 where they differ, at .10 where they do not. */
interface Callers {
  readonly name: string;
  /** How many keys there are; Infinity: every request has a key of its own. */
  readonly keys: number;
  readonly differ: boolean;
  /** Rows of a request, all of one key. */
  readonly rows: number;
}

export const CANARY_CASES: readonly Callers[] = [
  { name: 'a key each', keys: Number.POSITIVE_INFINITY, differ: false, rows: 1 },
  { name: '4,000 keys that err differently', keys: 4_000, differ: true, rows: 1 },
  { name: '500 keys that err differently', keys: 500, differ: true, rows: 1 },
  { name: '100 keys that err differently', keys: 100, differ: true, rows: 1 },
  { name: '30 keys that err differently', keys: 30, differ: true, rows: 1 },
  { name: 'a key each, with 250 rows that err alike', keys: Number.POSITIVE_INFINITY, differ: true, rows: 250 },
];

interface Caller {
  readonly bucket: number;
  readonly rate: number;
  readonly isChallenger: boolean;
}

const drawCaller = (random: () => number, differ: boolean, weight: number): Caller => ({
  bucket: Math.floor(random() * BUCKETS),
  rate: differ ? (random() < 0.5 ? 0.02 : 0.18) : ERROR_RATE,
  isChallenger: random() < weight,
});

interface Row {
  readonly bucket: number;
  readonly loss: number;
  readonly isChallenger: boolean;
}

/** One A/A canary's outcomes in order. */
const outcomesOf = (random: () => number, { keys, differ, rows }: Callers, weight: number): (() => Row) => {
  const known = Number.isFinite(keys) ? Array.from({ length: keys }, () => drawCaller(random, differ, weight)) : [];
  let caller = drawCaller(random, differ, weight);
  let drawn = 0;
  return () => {
    if (drawn++ % rows === 0) caller = known[Math.floor(random() * keys)] ?? drawCaller(random, differ, weight);
    return { ...caller, loss: random() < caller.rate ? 1 : 0 };
  };
};

/** The same sequence with neither clusters nor floors: what the safeguards are worth. */
const naiveVerdict = (n: readonly [number, number], sums: readonly [number, number], weight: number): boolean => {
  const [p, q] = [sums[0] / n[0], sums[1] / n[1]];
  const sigma = Math.sqrt((p * (1 - p)) / (1 - weight) + (q * (1 - q)) / weight);
  const half = sequenceHalfWidth(n[0] + n[1], sigma, ALPHA);
  return q - p - half > MARGIN || q - p + half < 0;
};

interface Run {
  readonly better: boolean;
  readonly worse: boolean;
  readonly naive: boolean;
  readonly mismatch: boolean;
  readonly passed: boolean;
}

const runOnce = (random: () => number, callers: Callers, weight: number): Run => {
  const next = outcomesOf(random, callers, weight);
  let [champion, challenger] = [openArm(), openArm()];
  const seen = { better: false, worse: false, naive: false, mismatch: false, passed: false };
  for (let n = 0; n < OUTCOMES; n += LOOK_EVERY) {
    const rows = Array.from({ length: LOOK_EVERY }, next);
    champion = addToArm(
      champion,
      rows.filter((row) => !row.isChallenger),
    );
    challenger = addToArm(
      challenger,
      rows.filter((row) => row.isChallenger),
    );
    const { verdict, reason } = compareArms(champion, challenger, { weight, margin: MARGIN, alpha: ALPHA });
    seen.better ||= verdict === 'better';
    seen.worse ||= verdict === 'worse';
    seen.passed ||= verdict === 'not-worse' || verdict === 'better';
    seen.mismatch ||= reason?.startsWith('sample ratio') ?? false;
    if (champion.n > 0 && challenger.n > 0)
      seen.naive ||= naiveVerdict([champion.n, challenger.n], [champion.sum, challenger.sum], weight);
  }
  return seen;
};

export interface CanaryResult {
  readonly callers: string;
  readonly weight: number;
  /** Shares of A/A runs that were ever called better, and worse. */
  readonly better: number;
  readonly worse: number;
  /** Share that was ever called either without clusters and floors. */
  readonly naive: number;
  /** Share of runs that ever passed, and that were ever stopped for their sample ratio. */
  readonly passed: number;
  readonly mismatches: number;
}

export const simulateCanary = (callers: Callers, runs: number, seed: number, weight = WEIGHT): CanaryResult => {
  const random = seededRandom(seed);
  const found = Array.from({ length: runs }, () => runOnce(random, callers, weight));
  const share = (of: keyof Run) => found.filter((run) => run[of]).length / runs;
  return {
    callers: callers.name,
    weight,
    better: share('better'),
    worse: share('worse'),
    naive: share('naive'),
    passed: share('passed'),
    mismatches: share('mismatch'),
  };
};
