import { comparePairs, type Side } from '../../lambdas/evaluation/domain/compare-pairs';
import { metricsOf } from '../../lambdas/evaluation/domain/metrics-of';

const classes = (scores: readonly number[], truth: readonly number[]): Side => ({
  judged: {
    kind: 'classes',
    rows: truth.length,
    truth: Int32Array.from(truth),
    names: ['no', 'yes'],
    positive: 1,
    predictions: {
      kind: 'classes',
      index: Int32Array.from(scores, (score) => (score >= 0.5 ? 1 : 0)),
      positive: Float64Array.from(scores),
      probabilities: undefined,
    },
  },
  losses: Float64Array.from(scores, (score, row) => ((score >= 0.5 ? 1 : 0) === truth[row] ? 0 : 1)),
});

const numbers = (values: readonly number[], truth: readonly number[]): Side => ({
  judged: {
    kind: 'numbers',
    rows: truth.length,
    truth: Float64Array.from(truth),
    predictions: { kind: 'numbers', values: Float64Array.from(values) },
  },
  losses: Float64Array.from(values, (value, row) => Math.abs(value - (truth[row] ?? 0))),
});

test('a model beside itself differs in nothing, without a doubt', () => {
  const side = classes([0.1, 0.7, 0.4, 0.9, 0.6], [0, 1, 1, 1, 0]);
  const { mcnemar, metrics } = comparePairs(side, side);
  expect(mcnemar).toEqual({ candidateOnly: 0, championOnly: 0, p: 1 });
  const none = { difference: 0, standardError: 0, low: 0, high: 0, p: expect.closeTo(1, 12) };
  expect(metrics).toEqual({ accuracy: none, logLoss: none, brier: none, rocAuc: none, loss: none });
});

test('rows that only one side got right are told apart', () => {
  const truth = [1, 1, 1, 0, 0, 0];
  const { mcnemar, metrics } = comparePairs(
    classes([0.9, 0.9, 0.9, 0.1, 0.1, 0.9], truth),
    classes([0.1, 0.2, 0.9, 0.2, 0.1, 0.3], truth),
  );
  expect(mcnemar).toMatchObject({ candidateOnly: 2, championOnly: 1, p: 1 });
  expect(metrics.accuracy?.difference).toBeCloseTo(1 / 6, 12);
  expect(metrics.loss?.difference).toBeCloseTo(-1 / 6, 12);
});

test('numbers are compared by absolute error, with the deviation of the differences', () => {
  const { mcnemar, metrics } = comparePairs(numbers([1, 2, 4, 4], [1, 2, 3, 4]), numbers([2, 3, 4, 6], [1, 2, 3, 4]));
  expect(mcnemar).toBeUndefined();
  // Differences −1, −1, 0, −2: mean −1, deviation √(2/3).
  expect(metrics.mae).toMatchObject({ difference: -1, standardError: expect.closeTo(Math.sqrt(2 / 3 / 4), 12) });
});

test('a difference that never varies is no chance', () => {
  const { metrics } = comparePairs(numbers([1, 2, 3], [1, 2, 3]), numbers([2, 3, 4], [1, 2, 3]));
  expect(metrics.mae).toEqual({ difference: -1, standardError: 0, low: -1, high: -1, p: 0 });
});

test('without scores there is nothing to say of them', () => {
  const side = classes([0.9, 0.1], [1, 0]);
  if (side.judged.kind !== 'classes') throw new Error('no classes');
  const bare = {
    ...side,
    judged: { ...side.judged, predictions: { ...side.judged.predictions, positive: undefined } },
  };
  expect(Object.keys(comparePairs(bare, side).metrics)).toEqual(['accuracy', 'loss']);
});

describe('rows that are not independent', () => {
  /** So many clusters of four rows each, that all come out alike. */
  const clustersOf = (n: number) => ({ codes: Int32Array.from({ length: 4 * n }, (_, row) => Math.floor(row / 4)), n });
  const sidesOf = (n: number): readonly [Side, Side] => {
    const truth = Array.from({ length: 4 * n }, (_, row) => row % 2);
    const rightBy = (of: (cluster: number) => boolean) =>
      truth.map((one, row) => (of(Math.floor(row / 4)) ? 0.2 + 0.6 * one : 0.8 - 0.6 * one));
    return [
      classes(
        rightBy((cluster) => cluster % 3 !== 0),
        truth,
      ),
      classes(
        rightBy((cluster) => cluster % 2 === 0),
        truth,
      ),
    ];
  };

  test('rows that repeat each other say no more than one of them', () => {
    const [a, b] = sidesOf(40);
    const plain = comparePairs(a, b);
    const clustered = comparePairs(a, b, clustersOf(40));
    expect(Object.keys(clustered.metrics)).toEqual(Object.keys(plain.metrics));
    for (const name of Object.keys(plain.metrics)) {
      const [one, other] = [plain.metrics[name], clustered.metrics[name]];
      expect(other?.difference).toBeCloseTo(one?.difference ?? Number.NaN, 12);
      expect(other?.standardError).toBeGreaterThan(1.5 * (one?.standardError ?? Number.NaN));
      expect(other?.p).toBeGreaterThan(one?.p ?? Number.NaN);
      expect(other?.degreesOfFreedom).toBe(39);
    }
    // Four copies of a row: twice the standard error, but for 159/156 of n − 1.
    const ratio = (clustered.metrics.accuracy?.standardError ?? 0) / (plain.metrics.accuracy?.standardError ?? 1);
    expect(ratio).toBeCloseTo(2 * Math.sqrt(159 / 156), 12);
    expect(clustered.mcnemar).toMatchObject({ candidateOnly: plain.mcnemar?.candidateOnly });
    expect(clustered.mcnemar?.p).toBeGreaterThan(plain.mcnemar?.p ?? 1);
    expect(clustered.tooFewClusters).toBeUndefined();
  });

  test('fewer than 30 clusters say nothing, however many rows they have', () => {
    const [a, b] = sidesOf(29);
    expect(comparePairs(a, b, clustersOf(29))).toEqual({
      metrics: {},
      tooFewClusters: ['mcnemar', 'accuracy', 'logLoss', 'brier', 'rocAuc', 'loss'],
    });
  });

  test('of AUC nothing is said where one class is of too few clusters', () => {
    const rare = (scores: readonly number[]) =>
      classes(
        scores,
        scores.map((_, row) => (row < 20 ? 1 : 0)),
      );
    const scores = Array.from({ length: 160 }, (_, row) => ((row * 37) % 101) / 101);
    const { metrics, tooFewClusters } = comparePairs(rare(scores), rare(scores.toReversed()), clustersOf(40));
    expect(Object.keys(metrics)).toEqual(['accuracy', 'logLoss', 'brier', 'loss']);
    expect(tooFewClusters).toEqual(['rocAuc']);
  });

  test('numbers are compared by cluster, too', () => {
    const truth = Array.from({ length: 120 }, () => 0);
    const a = numbers(
      truth.map((_, row) => Math.floor(row / 4) % 5),
      truth,
    );
    const { metrics } = comparePairs(a, numbers(truth, truth), clustersOf(30));
    expect(metrics.mae).toMatchObject({ difference: 2, degreesOfFreedom: 29 });
    // Thirty values 0 … 4, six times each: variance 2 · 30/29 over 30.
    expect(metrics.mae?.standardError).toBeCloseTo(Math.sqrt(2 / 29), 12);
  });
});

test('paired differences are the differences of the metrics', () => {
  const probabilities = [
    [0.5, 0.3, 0.2],
    [0.1, 0.1, 0.79],
    [0.2, 0.7, 0.1],
  ];
  const three = (rows: readonly number[][]): Side => ({
    judged: {
      kind: 'classes',
      rows: 3,
      truth: Int32Array.of(0, 2, 1),
      names: ['a', 'b', 'c'],
      positive: undefined,
      predictions: {
        kind: 'classes',
        index: Int32Array.of(0, 2, 1),
        positive: undefined,
        probabilities: { classes: 3, values: Float64Array.from(rows.flat()) },
      },
    },
    losses: new Float64Array(3),
  });
  const [a, b] = [three(probabilities), three(probabilities.toReversed())];
  const [ofA, ofB] = [metricsOf(a.judged), metricsOf(b.judged)];
  const { metrics } = comparePairs(a, b);
  for (const name of ['accuracy', 'logLoss', 'brier'])
    expect(metrics[name]?.difference).toBeCloseTo((ofA[name] ?? 0) - (ofB[name] ?? 0), 14);
});
