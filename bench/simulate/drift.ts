import { seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import {
  addLosses,
  type DetectorState,
  evidenceOf,
  judgeBatch,
  openDetector,
} from '../../lambdas/monitoring/domain/e-detector';
import { quantile } from '../quantiles';
import { binomial } from './random';

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;
/** Ten years of daily batches. */
const THRESHOLD = 3650;
const ERROR_RATE = 0.1;
/** Share of rows whose true class is the rarer one; both err alike, so there are three streams. */
const RARE_SHARE = 0.3;

interface Baseline {
  readonly rows: number;
  readonly perDay: number;
}

/** The four rows of the table, and what was measured elsewhere: quiet year, +3 points, +5 points. */
export const DRIFT_CASES: readonly (Baseline & { readonly expected: readonly [string, string, string] })[] = [
  { rows: 500, perDay: 2400, expected: ['6.6 %', '19 / >362', '2.2 / 15'] },
  { rows: 2000, perDay: 240, expected: ['2.8 %', '23 / 89', '7 / 14'] },
  { rows: 2000, perDay: 2400, expected: ['4.5 %', '3.5 / 11.5', '1.5 / 2.5'] },
  { rows: 10000, perDay: 2400, expected: ['0.3 %', '3.0 / 5.2', '1.2 / 2.0'] },
];

const CLASSES = ['common', 'rare'] as const;

/** A detector whose baseline was estimated from `rows` rows at the true error rate, as evaluation does. */
const estimated = (random: () => number, rows: number): DetectorState => {
  const rare = binomial(random, rows, RARE_SHARE);
  const perClass = [rows - rare, rare].map((n, c) => ({
    class: CLASSES[c] ?? 'common',
    rows: n,
    mean: n === 0 ? 0 : binomial(random, n, ERROR_RATE) / n,
  }));
  const mean = perClass.reduce((sum, c) => sum + c.mean * c.rows, 0) / rows;
  return openDetector({ rows, mean, perClass }, THRESHOLD);
};

/** ln factors of one row of each kind. Rows of a kind are alike, so a day is their counts times these. */
const rowKinds = (state: DetectorState) =>
  CLASSES.flatMap((trueClass) =>
    [0, 1].map((loss) => addLosses(state, [{ cohort: 0, loss, trueClass }], DAY_MS).open['0']?.sums ?? []),
  );

const addDay = (
  state: DetectorState,
  kinds: readonly number[][][],
  counts: readonly number[],
  day: number,
): DetectorState => {
  const sums = state.streams.map((stream, s) =>
    stream.lambdas.map((_, l) => kinds.reduce((sum, kind, k) => sum + (counts[k] ?? 0) * (kind[s]?.[l] ?? 0), 0)),
  );
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return judgeBatch({ ...state, open: { [String(day * DAY_MS)]: { rows, sums } } }, day * DAY_MS);
};

/** Days until the alarm under a constant error rate; Infinity when a year passes without one. */
export const daysToAlarm = (random: () => number, { rows, perDay }: Baseline, errorRate: number): number => {
  let state = estimated(random, rows);
  const kinds = rowKinds(state);
  for (let day = 0; day < YEAR_DAYS; day++) {
    const rare = binomial(random, perDay, RARE_SHARE);
    const counts = [perDay - rare, rare].flatMap((n) => {
      const errors = binomial(random, n, errorRate);
      return [n - errors, errors];
    });
    state = addDay(state, kinds, counts, day);
    if (evidenceOf(state).alarmed) return day + 1;
  }
  return Number.POSITIVE_INFINITY;
};

export interface DriftResult extends Baseline {
  /** Share of quiet years with a false alarm. */
  readonly falseAlarms: number;
  /** Days to the alarm [median, 90 % quantile] after the error rate rose by 3 and by 5 points; null: over a year. */
  readonly plus3: readonly [number | null, number | null];
  readonly plus5: readonly [number | null, number | null];
}

export const simulateDrift = (baseline: Baseline, runs: number, seed: number): DriftResult => {
  const random = seededRandom(seed);
  const repeat = (rate: number) => Array.from({ length: runs }, () => daysToAlarm(random, baseline, rate));
  const spread = (days: readonly number[]): [number | null, number | null] => {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return [finite(quantile(days, 0.5)), finite(quantile(days, 0.9))];
  };
  const falseAlarms = repeat(ERROR_RATE).filter(Number.isFinite).length / runs;
  return {
    rows: baseline.rows,
    perDay: baseline.perDay,
    falseAlarms,
    plus3: spread(repeat(ERROR_RATE + 0.03)),
    plus5: spread(repeat(ERROR_RATE + 0.05)),
  };
};
