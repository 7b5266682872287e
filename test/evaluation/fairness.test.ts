import fc from 'fast-check';
import { fairnessOf } from '../../lambdas/evaluation/domain/fairness';
import { type GroupTally, groupTallies } from '../../lambdas/evaluation/domain/metrics/group-rates';
import { newcombe } from '../../lambdas/evaluation/domain/metrics/newcombe';

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

describe('rows that are not independent', () => {
  /** Two groups of so many clusters, of five rows each that come out alike; every other cluster is selected. */
  const tallies = (clusters: number) => {
    const rows = Array.from({ length: 10 * clusters }, (_, row) => row);
    const cluster = (row: number): number => Math.floor(row / 5);
    const flags = (of: (cluster: number) => boolean) => Uint8Array.from(rows, (row) => (of(cluster(row)) ? 1 : 0));
    return groupTallies({
      groups: rows.map((row) => (cluster(row) < clusters ? 'a' : 'b')),
      correct: flags((one) => one % 3 > 0),
      predictedPositive: flags((one) => one % 2 === 0),
      truePositive: flags((one) => one % 3 > 0),
      clusters: { codes: Int32Array.from(rows, cluster), n: 2 * clusters },
    });
  };

  test('an interval is as wide as the clusters make it, and says so', () => {
    const found = measureOf(tallies(60), 'a', 'selectionRate');
    expect(found).toMatchObject({ n: 300, restN: 300, clusters: 60, restClusters: 60, difference: 0, level: 0.95 });
    // Five copies of each row: a fifth of them counts, but for 60/59.
    expect(found?.designEffect).toBeCloseTo((5 * 60) / 59, 12);
    const plain = newcombe({ rate: 0.5, n: 300 }, { rate: 0.5, n: 300 }, 0.95);
    expect((found?.high ?? 0) / plain.high).toBeGreaterThan(2.1);
  });

  test('a group of fewer than 30 clusters is too small, however many rows it has', () => {
    const { demographicParity, groups } = fairnessOf('sex', tallies(29));
    expect(demographicParity).toBeUndefined();
    expect(groups[0]?.measures[0]).toEqual({
      ...{ measure: 'selectionRate', n: 145, rate: 75 / 145, restN: 145, restRate: 70 / 145 },
      ...{ clusters: 29, restClusters: 29, tooSmall: true },
    });
  });

  test('without clusters nothing is said of them', () => {
    const found = measureOf([group('a', 200, 100, 60), group('b', 200, 60, 40)], 'a', 'tpr');
    for (const name of ['clusters', 'restClusters', 'designEffect', 'restDesignEffect'])
      expect(found).not.toHaveProperty(name);
  });
});
