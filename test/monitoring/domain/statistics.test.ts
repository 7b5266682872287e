import fc from 'fast-check';
import { seededRandom } from '../../../lambdas/evaluation/domain/seeded-random';
import {
  addLosses,
  type DetectorRow,
  type DetectorState,
  dueCohorts,
  evidenceOf,
  judgeBatch,
  openDetector,
} from '../../../lambdas/monitoring/domain/e-detector';
import { addToArm, compareArms, openArm } from '../../../lambdas/monitoring/domain/group-comparison';
import { absoluteLoss, brierLoss, errorLoss, logLoss01 } from '../../../lambdas/monitoring/domain/loss';
import { addPairs, judgePairs, openPaired } from '../../../lambdas/monitoring/domain/paired-comparison';
import { businessValue, costLoss } from '../../../lambdas/monitoring/domain/value';
import { wilsonInterval, wilsonUpper } from '../../../lambdas/monitoring/domain/wilson';
import { emptyWindow, observe, restate } from '../../../lambdas/monitoring/domain/window';

const DAY = 86_400_000;
const RULES = { batchMs: DAY, matureAfterMs: 0 };
const BASELINE = {
  rows: 2000,
  mean: 0.1,
  perClass: [
    { class: 'good', rows: 1600, mean: 0.05 },
    { class: 'bad', rows: 400, mean: 0.3 },
  ],
};

const closeBatches = (state: DetectorState, now: number, rules: typeof RULES): DetectorState =>
  dueCohorts(state.open, now, rules).reduce(judgeBatch, state);
const logsOf = (state: DetectorState): number[] => state.streams.flatMap(({ logM }) => logM);
const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] ?? 0)) < 1e-9);

test.each([
  // Oracle: statsmodels proportion_confint(10, 100, method="wilson").
  [0.1, 100, 0.05522914, 0.17436566],
  [0, 50, 0, 0.07134759],
])('the Wilson interval of %d over %d rows is that of statsmodels', (p, n, lower, upper) => {
  const interval = wilsonInterval(p, n);
  expect(interval.lower).toBeCloseTo(lower, 6);
  expect(interval.upper).toBeCloseTo(upper, 6);
  expect(wilsonUpper(p, n)).toBeLessThan(upper);
});

test('losses are in [0,1], 0 for what could not be better', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      (p, positive, truth) => {
        for (const loss of [brierLoss(p, positive), logLoss01(p, positive), absoluteLoss(p, truth, 3)]) {
          expect(loss).toBeGreaterThanOrEqual(0);
          expect(loss).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
  // A score that the manifest calls a probability, and is a logit.
  expect(brierLoss(-3.2, true)).toBe(1);
  expect([errorLoss(1, 1), errorLoss(1, 0), brierLoss(1, true), absoluteLoss(2, 2, 1)]).toEqual([0, 1, 0, 0]);
});

test('the value of a decision is its cell; its cost is 0 for the best cell and 1 for the worst', () => {
  const table = { tp: 0, fp: -5, fn: -100, tn: 10, currency: 'EUR' };
  expect([
    businessValue(table, true, true),
    businessValue(table, true, false),
    businessValue(table, false, true),
    businessValue(table, false, false),
  ]).toEqual([0, -5, -100, 10]);
  expect([costLoss(table, false, false), costLoss(table, false, true)]).toEqual([0, 1]);
});

test('a correction leaves the totals as if it had been observed in the first place', () => {
  const one = { loss: 1, correct: false, value: -5, delayMs: 10 };
  const other = { loss: 0, correct: true, value: 2, delayMs: 30 };
  const before = observe(observe(emptyWindow(), other), one);
  expect(restate(before, one, other)).toEqual(observe(observe(emptyWindow(), other), other));
});

const rows: fc.Arbitrary<DetectorRow[]> = fc.array(
  fc.record({
    cohort: fc.integer({ min: 0, max: 3 }).map((day) => day * DAY),
    loss: fc.constantFrom(0, 1, 0.3),
    trueClass: fc.constantFrom('good', 'bad', 'new'),
  }),
  { maxLength: 40 },
);

test('neither order nor chunking of outcomes within their batches changes the evidence', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 7 }), (all, size) => {
      const whole = closeBatches(addLosses(openDetector(BASELINE, 3650), all, DAY), 9 * DAY, RULES);
      let chunked = openDetector(BASELINE, 3650);
      const shuffled = [...all].reverse();
      for (let at = 0; at < shuffled.length; at += size)
        chunked = addLosses(chunked, shuffled.slice(at, at + size), DAY);
      expect(close(logsOf(closeBatches(chunked, 9 * DAY, RULES)), logsOf(whole))).toBe(true);
    }),
  );
});

test('a batch is judged when its season is over and its outcomes are mature, and not before', () => {
  const state = addLosses(openDetector(BASELINE, 3650), [{ cohort: 0, loss: 1, trueClass: 'bad' }], DAY);
  expect(closeBatches(state, DAY - 1, RULES).batches).toBe(0);
  expect(closeBatches(state, 2 * DAY, { ...RULES, matureAfterMs: 2 * DAY }).batches).toBe(0);
  expect(closeBatches(state, DAY, RULES).batches).toBe(1);
});

test('an outcome that comes after its batch was judged joins the oldest that is open', () => {
  const judged = closeBatches(addLosses(openDetector(BASELINE, 3650), [{ cohort: 0, loss: 0 }], DAY), DAY, RULES);
  const late = addLosses(addLosses(judged, [{ cohort: 2 * DAY, loss: 0 }], DAY), [{ cohort: 0, loss: 1 }], DAY);
  expect(Object.keys(late.open)).toEqual([String(2 * DAY)]);
});

/** Days until the alarm, when the error rates of the classes are these; Infinity without one. */
const daysToAlarm = (
  random: () => number,
  perDay: number,
  days: number,
  errorOf: { good: number; bad: number },
): number => {
  let state = openDetector(BASELINE, 3650);
  for (let day = 0; day < days; day++) {
    const batch = Array.from({ length: perDay }, (): DetectorRow => {
      const trueClass = random() < 0.8 ? 'good' : 'bad';
      return { cohort: day * DAY, trueClass, loss: random() < errorOf[trueClass] ? 1 : 0 };
    });
    state = closeBatches(addLosses(state, batch, DAY), (day + 1) * DAY, RULES);
    if (evidenceOf(state).alarmed) return day + 1;
  }
  return Number.POSITIVE_INFINITY;
};

test('a quiet quarter raises no alarm, and ten points more error one within days', () => {
  const random = seededRandom(7);
  const quiet = Array.from({ length: 20 }, () => daysToAlarm(random, 120, 90, { good: 0.05, bad: 0.3 }));
  expect(quiet.filter(Number.isFinite).length).toBeLessThanOrEqual(1);
  const drifting = Array.from({ length: 20 }, () => daysToAlarm(random, 120, 60, { good: 0.15, bad: 0.4 })).sort(
    (a, b) => a - b,
  );
  expect(drifting[10]).toBeLessThanOrEqual(5);
});

test('a class whose errors double is found although the overall error hardly moves', () => {
  const random = seededRandom(11);
  const days = Array.from({ length: 10 }, () => daysToAlarm(random, 240, 60, { good: 0.02, bad: 0.6 }));
  expect(Math.max(...days)).toBeLessThan(15);
});

test.each([
  [0.85, 500],
  [0, 1],
])('a baseline loss of %d over %d rows has finite evidence, and outcomes that are all wrong raise it', (mean, rows) => {
  const opened = openDetector({ rows, mean, perClass: [] }, 3650);
  expect(evidenceOf(opened).logMix).toBe(0);
  const wrong = Array.from({ length: 400 }, (_, i) => ({ cohort: Math.floor(i / 50) * DAY, loss: 1 }));
  expect(evidenceOf(closeBatches(addLosses(opened, wrong, DAY), 9 * DAY, RULES)).alarmed).toBe(true);
});

test('a version without rows enough shows its baseline as provisional', () => {
  expect(evidenceOf(openDetector({ ...BASELINE, rows: 500 }, 3650)).provisional).toBe(true);
  expect(evidenceOf(openDetector(BASELINE, 3650)).provisional).toBe(false);
});

/** D of pairs that disagree in 8 of 100, with a mean gain of the challenger. */
const difference = (random: () => number, gain: number): number => {
  const u = random();
  if (u < 0.04 + gain / 2) return 1;
  return u < 0.08 ? -1 : 0;
};
const verdicts = (gain: number, pairs: number, runs: number, seed: number): string[] => {
  const random = seededRandom(seed);
  return Array.from({ length: runs }, () => {
    let state = openPaired(0.01);
    for (let n = 0; n < pairs; n += 50) {
      state = addPairs(
        state,
        Array.from({ length: 50 }, () => difference(random, gain)),
      );
      const { verdict } = judgePairs(state, { alpha: 0.05, minPairs: 300 });
      if (verdict !== 'not-yet') return verdict;
    }
    return 'not-yet';
  });
};
const share = (found: readonly string[], ...wanted: string[]): number =>
  found.filter((verdict) => wanted.includes(verdict)).length / found.length;

test('a gain of three points is proved in most runs of a thousand pairs, and never called worse', () => {
  const found = verdicts(0.03, 1000, 100, 3);
  expect(share(found, 'better', 'not-worse')).toBeGreaterThan(0.7);
  expect(share(found, 'worse')).toBe(0);
});

test('at the margin itself, looked at all the time, a wrong verdict stays under its level', () => {
  const found = verdicts(-0.01, 3000, 200, 5);
  expect(share(found, 'better', 'not-worse')).toBeLessThanOrEqual(0.05);
  expect(share(found, 'worse')).toBeLessThanOrEqual(0.05);
});

test('harm of three points is found, however few the pairs that a step asks for', () => {
  expect(share(verdicts(-0.03, 4000, 50, 9), 'worse')).toBeGreaterThan(0.5);
});

test('neither order nor chunking of pairs changes what they prove', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(-1, 0, 1, 0.5), { maxLength: 60 }), fc.nat({ max: 60 }), (ds, cut) => {
      const whole = addPairs(openPaired(0.02), ds);
      const parts = addPairs(addPairs(openPaired(0.02), ds.slice(cut)), ds.slice(0, cut));
      expect(
        close(
          [...parts.better, ...parts.worse, ...parts.notWorse, parts.sum],
          [...whole.better, ...whole.worse, ...whole.notWorse, whole.sum],
        ),
      ).toBe(true);
    }),
  );
});

/** A canary's arms over callers that err alike within themselves. */
const canary = (
  random: () => number,
  weight: number,
  keys: number,
  rates: { champion: number; challenger: number },
) => {
  let champion = openArm();
  let challenger = openArm();
  for (let key = 0; key < keys; key++) {
    const drawn = random() < weight;
    const own = random() < 0.5 ? 0.5 : 1.5;
    const bucket = key % 256;
    const batch = Array.from({ length: 3 }, () => ({
      bucket,
      loss: random() < own * (drawn ? rates.challenger : rates.champion) ? 1 : 0,
    }));
    if (drawn) challenger = addToArm(challenger, batch);
    else champion = addToArm(champion, batch);
  }
  return compareArms(champion, challenger, { weight, margin: 0.02, alpha: 0.05 });
};

test('two arms that are the same are never called worse or better', () => {
  const random = seededRandom(13);
  const found = Array.from({ length: 60 }, () => canary(random, 0.1, 2000, { champion: 0.2, challenger: 0.2 }).verdict);
  expect(share(found, 'worse', 'better')).toBeLessThanOrEqual(0.05);
});

test('a challenger that errs fifteen points more is called worse', () => {
  const random = seededRandom(17);
  expect(canary(random, 0.5, 1500, { champion: 0.2, challenger: 0.35 }).verdict).toBe('worse');
});

test('few outcomes, or arms that do not have their share, give no verdict, and say why', () => {
  const random = seededRandom(19);
  expect(canary(random, 0.5, 60, { champion: 0.2, challenger: 0.9 })).toMatchObject({
    verdict: 'not-yet',
    reason: expect.stringMatching(/fewer than 200 outcomes/) as string,
  });
  const arm = addToArm(
    openArm(),
    Array.from({ length: 900 }, (_, i) => ({ bucket: i % 256, loss: i % 5 === 0 ? 1 : 0 })),
  );
  const lost = addToArm(
    openArm(),
    Array.from({ length: 300 }, (_, i) => ({ bucket: i % 256, loss: i % 5 === 0 ? 1 : 0 })),
  );
  expect(compareArms(arm, lost, { weight: 0.5, margin: 0.02, alpha: 0.05 })).toMatchObject({
    verdict: 'not-yet',
    reason: expect.stringMatching(/sample ratio/) as string,
  });
});
