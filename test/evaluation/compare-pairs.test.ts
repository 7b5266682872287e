import { comparePairs, type Side } from '../../lambdas/evaluation/domain/compare-pairs';

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
