import fc from 'fast-check';
import { fairnessOf } from '../../lambdas/evaluation/domain/fairness';
import type { GroupTally } from '../../lambdas/evaluation/domain/metrics/group-rates';

/** A group of `n`, half of them positive, of whom so many are selected. */
const group = (name: string, n: number, selected: number, hits: number): GroupTally => ({
  group: name,
  n,
  measures: {
    selectionRate: { n, hits: selected },
    tpr: { n: n / 2, hits },
    fpr: { n: n / 2, hits: selected - hits },
    accuracy: { n, hits },
  },
});

const measureOf = (groups: readonly GroupTally[], name: string, measure: string) =>
  fairnessOf('sex', groups)
    .groups.find((found) => found.group === name)
    ?.measures.find((found) => found.measure === measure);

test('a group is compared with the rest, at a level that all comparisons share', () => {
  const groups = [group('a', 200, 100, 60), group('b', 200, 60, 40), group('c', 400, 160, 100)];
  const found = measureOf(groups, 'b', 'selectionRate');
  expect(found).toMatchObject({ n: 200, rate: 0.3, restN: 600, restRate: 260 / 600, tooSmall: false });
  expect(found?.level).toBeCloseTo(1 - 0.05 / 3, 12);
  expect(found?.high).toBeLessThan(0);
});

test('two groups are one comparison, seen from both sides', () => {
  const groups = [group('a', 200, 100, 60), group('b', 200, 60, 40)];
  const [a, b] = ['a', 'b'].map((name) => measureOf(groups, name, 'tpr'));
  expect(a?.level).toBe(0.95);
  expect(a?.low).toBeCloseTo(-(b?.high ?? 0), 12);
});

test('what is over fewer than 30 rows is said to be too small, and neither compared nor spread', () => {
  const groups = [group('a', 200, 100, 60), group('b', 200, 60, 40), group('few', 28, 28, 14)];
  const found = fairnessOf('sex', groups);
  expect(measureOf(groups, 'few', 'selectionRate')).toEqual({
    measure: 'selectionRate',
    n: 28,
    rate: 1,
    restN: 400,
    restRate: 0.4,
    tooSmall: true,
  });
  expect(found.demographicParity).toEqual({ difference: 0.2, ratio: 0.6 });
  expect(found.equalOpportunity?.difference).toBeCloseTo(0.2, 12);
});

test('with one group that can be judged there is no parity to tell', () => {
  const found = fairnessOf('sex', [group('a', 200, 100, 60), group('b', 20, 10, 5)]);
  expect(found.demographicParity).toBeUndefined();
  expect(found.equalizedOdds).toBeUndefined();
});

test('an interval holds its difference, and nobody selected is parity', () => {
  const size = fc.integer({ min: 15, max: 400 }).map((half) => half * 2);
  const made = fc
    .tuple(size, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([n, selection, share]) => {
      const hits = Math.floor((n / 2) * selection * share);
      return { n, hits, selected: hits + Math.floor((n / 2) * selection) };
    });
  fc.assert(
    fc.property(fc.array(made, { minLength: 2, maxLength: 6 }), (sizes) => {
      const groups = sizes.map(({ n, hits, selected }, at) => group(`g${at}`, n, selected, hits));
      for (const { measures } of fairnessOf('x', groups).groups) {
        for (const { difference = 0, low = 0, high = 0 } of measures) {
          expect(low).toBeLessThanOrEqual(difference + 1e-12);
          expect(high).toBeGreaterThanOrEqual(difference - 1e-12);
        }
      }
    }),
  );
  const none = fairnessOf('x', [group('a', 100, 0, 0), group('b', 100, 0, 0)]);
  expect(none.demographicParity).toEqual({ difference: 0, ratio: 1 });
});
