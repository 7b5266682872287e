import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracy } from '../../../lambdas/evaluation/domain/metrics/accuracy';
import { logLoss } from '../../../lambdas/evaluation/domain/metrics/log-loss';
import { quantile } from '../../../lambdas/evaluation/domain/metrics/quantile';
import { mae, r2, rmse } from '../../../lambdas/evaluation/domain/metrics/regression';
import { macroRocAuc, rocAuc } from '../../../lambdas/evaluation/domain/metrics/roc-auc';
import { addPairs, judgePairs, openPaired } from '../../../lambdas/monitoring/domain/paired-comparison';
import { wilsonInterval, wilsonUpper } from '../../../lambdas/monitoring/domain/wilson';

interface BinaryOracle {
  readonly scores: number[];
  readonly truth: number[];
  readonly accuracy: number;
  readonly logLoss: number;
  readonly rocAuc: number;
}

/** Written by test/oracles/metrics.py with scikit-learn, numpy, scipy and statsmodels. */
interface Oracle {
  readonly breast_cancer: BinaryOracle;
  readonly tied: BinaryOracle;
  readonly wine: { probabilities: number[]; truth: number[]; logLoss: number; rocAuc: number };
  readonly diabetes: {
    predicted: number[];
    truth: number[];
    rmse: number;
    mae: number;
    r2: number;
    quantiles: [number, number][];
  };
  readonly wilson: { k: number; n: number; interval: [number, number]; upper: number }[];
  readonly pairs: {
    onlyChampionErrs: number;
    onlyChallengerErrs: number;
    agree: number;
    mcnemar: number;
    better: number;
  }[];
}

const oracle: Oracle = JSON.parse(readFileSync(join(__dirname, '../../oracles/fixtures/metrics.json'), 'utf8'));
const DIGITS = 10;

test.each([
  ['breast cancer', oracle.breast_cancer],
  ['scores that are nearly all tied', oracle.tied],
])('accuracy, log loss and AUC on %s are those of scikit-learn', (_, data) => {
  const predicted = data.scores.map((score) => (score >= 0.5 ? 1 : 0));
  const probabilities = data.scores.flatMap((score) => [1 - score, score]);
  expect(accuracy(predicted, data.truth)).toBeCloseTo(data.accuracy, DIGITS);
  expect(logLoss(probabilities, data.truth, 2)).toBeCloseTo(data.logLoss, DIGITS);
  expect(rocAuc(data.scores, data.truth)).toBeCloseTo(data.rocAuc, DIGITS);
});

test('log loss and one-against-rest AUC of three classes are those of scikit-learn', () => {
  const { probabilities, truth, ...expected } = oracle.wine;
  expect(logLoss(probabilities, truth, 3)).toBeCloseTo(expected.logLoss, DIGITS);
  expect(macroRocAuc(probabilities, truth, 3)).toBeCloseTo(expected.rocAuc, DIGITS);
});

test('errors of a regression and their quantiles are those of scikit-learn and numpy', () => {
  const { predicted, truth, quantiles, ...expected } = oracle.diabetes;
  expect(rmse(predicted, truth)).toBeCloseTo(expected.rmse, DIGITS);
  expect(mae(predicted, truth)).toBeCloseTo(expected.mae, DIGITS);
  expect(r2(predicted, truth)).toBeCloseTo(expected.r2, DIGITS);
  const errors = predicted.map((value, row) => Math.abs(value - (truth[row] ?? 0)));
  for (const [q, value] of quantiles) expect(quantile(errors, q)).toBeCloseTo(value, DIGITS);
});

test.each(oracle.wilson)('the Wilson bounds of $k in $n are those of statsmodels', ({ k, n, interval, upper }) => {
  const found = wilsonInterval(k / n, n);
  expect(found.lower).toBeCloseTo(interval[0], DIGITS);
  expect(found.upper).toBeCloseTo(interval[1], DIGITS);
  expect(wilsonUpper(k / n, n)).toBeCloseTo(upper, DIGITS);
});

test.each(oracle.pairs)(
  'shadow never claims from $onlyChampionErrs against $onlyChallengerErrs pairs more than the exact tests of a fixed sample',
  ({ onlyChampionErrs, onlyChallengerErrs, agree, mcnemar, better }) => {
    const pairs = [
      ...Array.from({ length: onlyChampionErrs }, () => 1),
      ...Array.from({ length: onlyChallengerErrs }, () => -1),
      ...Array.from({ length: agree }, () => 0),
    ];
    const { eValues, meanDifference } = judgePairs(addPairs(openPaired(0), pairs), { alpha: 0.05, minPairs: 300 });
    // 1/e is an anytime-valid p-value: looking always costs something, so it is the larger one.
    expect(Math.min(1, 1 / eValues.better)).toBeGreaterThanOrEqual(better);
    // Where McNemar's test is beyond doubt, betting sees the same side.
    if (mcnemar < 0.001) expect(eValues.better > 20).toBe(meanDifference > 0);
    if (mcnemar < 0.001) expect(eValues.worse > 20).toBe(meanDifference < 0);
  },
);
