import fc from 'fast-check';
import type { Judged } from '../../../lambdas/evaluation/domain/judged-rows';
import { levelBins, numberBins } from '../../../lambdas/evaluation/domain/metrics/bins';
import { clusteredMcnemar } from '../../../lambdas/evaluation/domain/metrics/clustered-mcnemar';
import { deLong } from '../../../lambdas/evaluation/domain/metrics/de-long';
import { groupTallies, rateOf } from '../../../lambdas/evaluation/domain/metrics/group-rates';
import { mcnemar } from '../../../lambdas/evaluation/domain/metrics/mcnemar';
import { quantile } from '../../../lambdas/evaluation/domain/metrics/quantile';
import { r2 } from '../../../lambdas/evaluation/domain/metrics/regression';
import { oneAgainstRest, rocAuc } from '../../../lambdas/evaluation/domain/metrics/roc-auc';
import { metricsOf } from '../../../lambdas/evaluation/domain/metrics-of';

const scored = fc.array(fc.record({ score: fc.integer({ min: 0, max: 8 }), positive: fc.boolean() }), {
  minLength: 2,
  maxLength: 60,
});

test('AUC is the share of pairs in which the positive row scores higher, ties counting half', () => {
  fc.assert(
    fc.property(scored, (rows) => {
      const [positives, negatives] = [rows.filter((row) => row.positive), rows.filter((row) => !row.positive)];
      const wins = positives.flatMap(({ score }) => negatives.map((other) => (Math.sign(score - other.score) + 1) / 2));
      const expected = wins.length === 0 ? undefined : wins.reduce((sum, win) => sum + win, 0) / wins.length;
      const found = rocAuc(
        rows.map(({ score }) => score),
        rows.map(({ positive }) => positive),
      );
      if (expected === undefined) expect(found).toBeUndefined();
      else expect(found).toBeCloseTo(expected, 10);
    }),
  );
});

test('AUC over classes is undefined when a class is absent, and R² when the label does not vary', () => {
  expect(oneAgainstRest([0.5, 0.3, 0.2, 0.2, 0.3, 0.5], [0, 2], 3)).toEqual({ rocAuc: undefined, prAuc: undefined });
  expect(r2([1, 2, 3], [5, 5, 5])).toBeUndefined();
});

test('the quantile of nothing is not a number, that of one value is the value', () => {
  expect(quantile([], 0.5)).toBeNaN();
  expect(quantile([7], 0.99)).toBe(7);
});

test('every value of a number falls into one bin, tied deciles share an edge, and NaN counts as missing', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN))), (values) => {
      const { edges, counts, missing } = numberBins(values);
      expect(counts.reduce((sum, count) => sum + count, missing)).toBe(values.length);
      expect(counts).toHaveLength(edges.length + 1);
      expect([...new Set(edges)].sort((a, b) => a - b)).toEqual(edges);
    }),
  );
});

test('levels under 20 rows or 1 % share a bin, and every row is counted once', () => {
  const values = [...'a'.repeat(1900), ...'b'.repeat(60), ...'c'.repeat(20), ...'d'.repeat(19), ''];
  expect(levelBins(values)).toEqual({
    kind: 'level',
    levels: { a: 1900, b: 60, c: 20 },
    other: 19,
    missing: 1,
  });
  const many = [...'a'.repeat(9901), ...'b'.repeat(99)];
  expect(levelBins(many)).toMatchObject({ levels: { a: 9901 }, other: 99 });
});

test('the tallies of a group are its own; without positive rows there is no TPR', () => {
  const groups = [...Array.from({ length: 30 }, () => 'f'), 'm', 'm'];
  const flags = (of: (row: number) => boolean) => groups.map((_, row) => (of(row) ? 1 : 0));
  const [f, m] = groupTallies({
    groups,
    correct: flags((row) => row < 24),
    predictedPositive: flags((row) => row < 15),
    truePositive: flags((row) => row < 20),
  });
  expect(f).toEqual({
    group: 'f',
    n: 30,
    measures: {
      selectionRate: { n: 30, hits: 15 },
      tpr: { n: 20, hits: 15 },
      fpr: { n: 10, hits: 0 },
      accuracy: { n: 30, hits: 24 },
    },
  });
  expect(m?.measures).toMatchObject({ tpr: { n: 0 }, fpr: { n: 2, hits: 0 } });
  expect(rateOf(m?.measures.tpr)).toBeNull();
  expect(groupTallies({ groups: ['x'], correct: [1] })).toEqual([
    { group: 'x', n: 1, measures: { accuracy: { n: 1, hits: 1 } } },
  ]);
});

test('AUC says nothing about scores that are no numbers, and comes back to say so', () => {
  expect(rocAuc([0.1, Number.NaN, 0.9], [0, 1, 1])).toBeUndefined();
});

/** Two classes by score at one half. */
const twoClasses = (scores: readonly number[], truth: readonly number[]): Judged => ({
  ...{ kind: 'classes', rows: truth.length, truth: Int32Array.from(truth), names: ['no', 'yes'], positive: 1 },
  predictions: {
    kind: 'classes',
    index: Int32Array.from(scores, (score) => (score >= 0.5 ? 1 : 0)),
    positive: Float64Array.from(scores),
    probabilities: undefined,
  },
});

test('where all rows are of one class, what needs two is left out', () => {
  expect(Object.keys(metricsOf(twoClasses([0.1, 0.4, 0.6], [0, 0, 0])))).toEqual([
    ...['accuracy', 'f1', 'logLoss', 'brier', 'calibrationError'],
  ]);
  expect(metricsOf(twoClasses([0.1, 0.4, 0.6], [1, 1, 1]))).not.toHaveProperty('rocAuc');
});

test('scores that are all the same tell nothing apart, and are no error', () => {
  const found = metricsOf(twoClasses([0.3, 0.3, 0.3, 0.3], [0, 1, 0, 0]));
  expect(found).toMatchObject({ rocAuc: 0.5, prAuc: 0.25, accuracy: 0.75 });
  expect(deLong([0.3, 0.3, 0.3, 0.3], [0.7, 0.7, 0.7, 0.7], [0, 1, 0, 1])).toEqual({ difference: 0, standardError: 0 });
  expect(deLong([0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0, 0, 1])).toBeUndefined();
});

test('a certain mistake costs 34.5 nats, and not everything', () => {
  expect(metricsOf(twoClasses([0], [1])).logLoss).toBeCloseTo(-Math.log(1e-15), 9);
});

test('a class that the model does not know had no chance, and takes no other row’s', () => {
  const judged: Judged = {
    ...{ kind: 'classes', rows: 2, truth: Int32Array.of(2, 0), names: ['0', '1', '2'], positive: undefined },
    predictions: {
      kind: 'classes',
      index: Int32Array.of(0, 0),
      positive: undefined,
      probabilities: { classes: 2, values: Float64Array.of(0.5, 0.5, 1, 0) },
    },
  };
  expect(metricsOf(judged).logLoss).toBeCloseTo(-Math.log(1e-15) / 2, 9);
});

test('labels that do not vary leave errors, and no R²', () => {
  const judged: Judged = {
    ...{ kind: 'numbers', rows: 2, truth: Float64Array.of(5, 5) },
    predictions: { kind: 'numbers', values: Float64Array.of(4, 7) },
  };
  expect(metricsOf(judged)).toMatchObject({ mae: 1.5 });
  expect(metricsOf(judged)).not.toHaveProperty('r2');
});

test('a split of nothing is as even as can be', () => {
  expect(mcnemar(0, 0)).toBe(1);
  expect(clusteredMcnemar(new Float64Array(40))).toBe(1);
});
