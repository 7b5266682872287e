import fc from 'fast-check';
import { seededRandom } from '../../../lambdas/evaluation/domain/seeded-random';
import type { VersionEvidence } from '../../../lambdas/monitoring/contract';
import { judgeDueBatches, watchLosses } from '../../../lambdas/monitoring/domain/detect-drift';
import { addLosses, type DetectorRow, evidenceOf, openDetector } from '../../../lambdas/monitoring/domain/e-detector';
import { emptyEvidence } from '../../../lambdas/monitoring/domain/weigh-outcomes';
import type { LossBaseline } from '../../../lambdas/registry/contract';

const DAY = 86_400_000;
const RULES = { batchMs: DAY, matureAfterMs: 0, threshold: 3650 };
const NEW = emptyEvidence('credit', 1);

/** A day of `n` rows, of which every tenth is an error and every fifth is of the rarer class. */
const dayOf = (day: number, n: number): DetectorRow[] =>
  Array.from({ length: n }, (_, row) => ({
    cohort: day * DAY,
    loss: row % 10 === 0 ? 1 : 0,
    trueClass: row % 5 === 0 ? 'bad' : 'good',
  }));

const evaluated = (rows: number): LossBaseline => ({ rows, mean: 0.1, perClass: [] });

/** Whole days, each judged at its end. */
const live = (perDay: readonly number[], baseline?: LossBaseline, rules = RULES, from: VersionEvidence = NEW) =>
  perDay.reduce(
    (evidence, n, day) =>
      judgeDueBatches(watchLosses(evidence, dayOf(day, n), baseline, rules), (day + 1) * DAY, rules),
    from,
  );

test('a version without a baseline has a detector when 500 outcomes are mature, and not when they have arrived', () => {
  const arrived = watchLosses(NEW, dayOf(0, 600), undefined, RULES);
  expect(judgeDueBatches(arrived, DAY - 1, RULES).detector).toBeUndefined();
  expect(live([499]).detector).toBeUndefined();
  const { detector, learning } = live([300, 200]);
  expect(detector).toMatchObject({ baselineRows: 500, batches: 0, lastClosed: DAY });
  expect(detector && evidenceOf(detector).provisional).toBe(true);
  expect(learning?.baseline).toMatchObject({ rows: 500, mean: expect.closeTo(0.1) });
});

test('a provisional baseline grows by mature outcomes to 2,000 rows and is then fixed', () => {
  const growing = live([1000, 400], evaluated(500));
  expect(growing.detector).toMatchObject({ baselineRows: 500, batches: 2 });
  expect(growing.learning?.baseline.rows).toBe(1900);
  const { learning, detector } = live([1000, 400, 100, 100], evaluated(500));
  expect(learning).toBeUndefined();
  expect(detector).toMatchObject({ baselineRows: 2000, batches: 4 });
  expect(detector && evidenceOf(detector).provisional).toBe(false);
});

test('a baseline of 2,000 rows and more learns nothing', () => {
  expect(live([1000], evaluated(2000))).not.toHaveProperty('learning');
});

test('a baseline does not learn from drift', () => {
  const worse = Array.from({ length: 400 }, () => ({ cohort: 0, loss: 1 }));
  const drifted = judgeDueBatches(watchLosses(NEW, worse, evaluated(500), RULES), DAY, RULES);
  expect(drifted).toMatchObject({ driftSince: DAY, detector: { baselineRows: 500 } });
  expect(drifted).not.toHaveProperty('learning');
});

test('batches that were open when the baseline was fixed are weighed against it, as if it had been there before', () => {
  const rules = { ...RULES, matureAfterMs: DAY };
  const open = watchLosses(watchLosses(NEW, dayOf(0, 2000), undefined, rules), dayOf(1, 700), undefined, rules);
  const { detector } = judgeDueBatches(open, 2 * DAY, rules);
  const perClass = [
    { class: 'bad', rows: 400, mean: 0.5 },
    { class: 'good', rows: 1600, mean: 0 },
  ];
  const fixed = addLosses(openDetector({ rows: 2000, mean: 0.1, perClass }, 3650), dayOf(1, 700), DAY);
  expect(detector?.streams.map(({ m }) => m)).toEqual(fixed.streams.map(({ m }) => expect.closeTo(m, 9)));
  expect(detector?.open[DAY]?.sums.flat()).toEqual(fixed.open[DAY]?.sums.flat().map((sum) => expect.closeTo(sum, 6)));
});

test('losses between 0 and 1 that were set aside never weigh more than they would have', () => {
  const rules = { ...RULES, matureAfterMs: DAY };
  const random = seededRandom(3);
  const rows = Array.from({ length: 700 }, () => ({ cohort: DAY, loss: random() }));
  const open = watchLosses(watchLosses(NEW, dayOf(0, 2000), undefined, rules), rows, undefined, rules);
  const judged = judgeDueBatches(open, 2 * DAY, rules).detector;
  const exact = judged && addLosses({ ...judged, open: {} }, rows, DAY).open[DAY]?.sums.flat();
  judged?.open[DAY]?.sums.flat().forEach((sum, at) => {
    expect(sum).toBeLessThanOrEqual((exact?.[at] ?? 0) + 1e-9);
  });
});

test('neither order nor chunks of the outcomes change what was learnt', () => {
  const rows = [...dayOf(0, 450), ...dayOf(1, 300), ...dayOf(2, 900), ...dayOf(3, 600)];
  const rules = { ...RULES, matureAfterMs: 5 * DAY };
  const settle = (evidence: VersionEvidence) =>
    JSON.stringify(judgeDueBatches(evidence, 20 * DAY, rules), (_, value) =>
      typeof value === 'number' ? Number(value.toPrecision(9)) : value,
    );
  const whole = settle(watchLosses(NEW, rows, undefined, rules));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999 }), fc.integer(), (size, seed) => {
      const random = seededRandom(seed);
      const shuffled = rows.map((row) => [random(), row] as const).sort(([a], [b]) => a - b);
      let evidence = NEW;
      for (let at = 0; at < shuffled.length; at += size) {
        const chunk = shuffled.slice(at, at + size).map(([, row]) => row);
        evidence = judgeDueBatches(watchLosses(evidence, chunk, undefined, rules), 4 * DAY, rules);
      }
      expect(settle(evidence)).toBe(whole);
    }),
    { numRuns: 25 },
  );
});
