import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracy } from '../../../lambdas/evaluation/domain/metrics/accuracy';
import { averagePrecision } from '../../../lambdas/evaluation/domain/metrics/average-precision';
import { brier, multiclassBrier } from '../../../lambdas/evaluation/domain/metrics/brier';
import {
  calibrationBins,
  calibrationError,
  recalibration,
} from '../../../lambdas/evaluation/domain/metrics/calibration';
import { coverage } from '../../../lambdas/evaluation/domain/metrics/coverage';
import { deLong } from '../../../lambdas/evaluation/domain/metrics/de-long';
import { f1, macroF1 } from '../../../lambdas/evaluation/domain/metrics/f1';
import { logLoss } from '../../../lambdas/evaluation/domain/metrics/log-loss';
import { mcnemar } from '../../../lambdas/evaluation/domain/metrics/mcnemar';
import { newcombe } from '../../../lambdas/evaluation/domain/metrics/newcombe';
import { twoSidedP, zOf } from '../../../lambdas/evaluation/domain/metrics/normal';
import { quantile } from '../../../lambdas/evaluation/domain/metrics/quantile';
import { mae, r2, rmse } from '../../../lambdas/evaluation/domain/metrics/regression';
import { oneAgainstRest, rocAuc } from '../../../lambdas/evaluation/domain/metrics/roc-auc';
import { addPairs, judgePairs, openPaired } from '../../../lambdas/monitoring/domain/paired-comparison';
import { wilsonInterval, wilsonUpper } from '../../../lambdas/monitoring/domain/wilson';

interface BinaryOracle {
  readonly scores: number[];
  readonly truth: number[];
  readonly accuracy: number;
  readonly logLoss: number;
  readonly rocAuc: number;
  readonly prAuc: number;
  readonly brier: number;
  readonly f1: number;
  readonly calibrationError: number;
  /** Intercept and slope. */
  readonly recalibration: [number, number];
}

/** Written by test/oracles/metrics.py with scikit-learn, numpy, scipy and statsmodels. */
interface Oracle {
  readonly breast_cancer: BinaryOracle;
  readonly tied: BinaryOracle;
  readonly wine: {
    probabilities: number[];
    truth: number[];
    logLoss: number;
    rocAuc: number;
    prAuc: number;
    brier: number;
    f1: number;
    calibrationError: number;
  };
  readonly diabetes: {
    predicted: number[];
    truth: number[];
    rmse: number;
    mae: number;
    r2: number;
    quantiles: [number, number][];
    coverage: [number, number][];
  };
  readonly wilson: { k: number; n: number; interval: [number, number]; upper: number }[];
  readonly pairs: {
    onlyChampionErrs: number;
    onlyChallengerErrs: number;
    agree: number;
    mcnemar: number;
    better: number;
  }[];
  readonly newcombe: { a: [number, number]; b: [number, number]; level: number; interval: [number, number] }[];
  readonly split: { a: number; b: number; p: number }[];
  readonly de_long: { truth: number[]; a: number[]; b: number[]; difference: number; standardError: number; p: number };
  readonly normal: { z: [number, number][]; p: [number, number][] };
}

const oracle: Oracle = JSON.parse(readFileSync(join(__dirname, '../../oracles/fixtures/metrics.json'), 'utf8'));
const DIGITS = 10;

test.each([
  ['breast cancer', oracle.breast_cancer],
  ['scores that are nearly all tied', oracle.tied],
])('every metric of two classes on %s is that of scikit-learn and statsmodels', (_, data) => {
  const predicted = data.scores.map((score) => (score >= 0.5 ? 1 : 0));
  const probabilities = data.scores.flatMap((score) => [1 - score, score]);
  expect(accuracy(predicted, data.truth)).toBeCloseTo(data.accuracy, DIGITS);
  expect(logLoss(probabilities, data.truth, 2)).toBeCloseTo(data.logLoss, DIGITS);
  expect(rocAuc(data.scores, data.truth)).toBeCloseTo(data.rocAuc, DIGITS);
  expect(averagePrecision(data.scores, data.truth)).toBeCloseTo(data.prAuc, DIGITS);
  expect(brier(data.scores, data.truth)).toBeCloseTo(data.brier, DIGITS);
  expect(f1(predicted, data.truth, 2, 1)).toBeCloseTo(data.f1, DIGITS);
  expect(calibrationError(calibrationBins(data.scores, data.truth))).toBeCloseTo(data.calibrationError, DIGITS);
  const { intercept, slope } = recalibration(data.scores, data.truth);
  expect(intercept).toBeCloseTo(data.recalibration[0], 7);
  expect(slope).toBeCloseTo(data.recalibration[1], 7);
});

test('every metric of three classes is that of scikit-learn', () => {
  const { probabilities, truth, ...expected } = oracle.wine;
  expect(logLoss(probabilities, truth, 3)).toBeCloseTo(expected.logLoss, DIGITS);
  const found = oneAgainstRest(probabilities, truth, 3);
  expect(found.rocAuc).toBeCloseTo(expected.rocAuc, DIGITS);
  expect(found.prAuc).toBeCloseTo(expected.prAuc, DIGITS);
  expect(multiclassBrier(probabilities, truth, 3)).toBeCloseTo(expected.brier, DIGITS);
  const said = truth.map((_, row) => {
    const of = probabilities.slice(row * 3, row * 3 + 3);
    return of.indexOf(Math.max(...of));
  });
  expect(macroF1(said, truth, 3)).toBeCloseTo(expected.f1, DIGITS);
  const told = said.map((at, row) => probabilities[row * 3 + at] ?? 0);
  const came = said.map((at, row) => (at === truth[row] ? 1 : 0));
  expect(calibrationError(calibrationBins(told, came))).toBeCloseTo(expected.calibrationError, DIGITS);
});

test('errors of a regression and their quantiles are those of scikit-learn and numpy', () => {
  const { predicted, truth, quantiles, ...expected } = oracle.diabetes;
  expect(rmse(predicted, truth)).toBeCloseTo(expected.rmse, DIGITS);
  expect(mae(predicted, truth)).toBeCloseTo(expected.mae, DIGITS);
  expect(r2(predicted, truth)).toBeCloseTo(expected.r2, DIGITS);
  const errors = predicted.map((value, row) => Math.abs(value - (truth[row] ?? 0)));
  for (const [q, value] of quantiles) expect(quantile(errors, q)).toBeCloseTo(value, DIGITS);
  for (const [level, share] of oracle.diabetes.coverage)
    expect(coverage(predicted, truth, level)).toBeCloseTo(share, DIGITS);
});

test.each(oracle.newcombe)('Newcombe’s interval of $a less $b is that of statsmodels', ({ a, b, level, interval }) => {
  const shareOf = ([hits, n]: [number, number]) => ({ rate: hits / n, n });
  const found = newcombe(shareOf(a), shareOf(b), level);
  expect(found.low).toBeCloseTo(interval[0], DIGITS);
  expect(found.high).toBeCloseTo(interval[1], DIGITS);
});

test.each(oracle.split)('McNemar’s exact p of $a to $b is that of statsmodels', ({ a, b, p }) => {
  const found = mcnemar(a, b);
  if (p > 1e-12) expect(found / p).toBeCloseTo(1, 7);
  else expect(found).toBeLessThan(1e-11);
});

test('the paired difference of AUCs by ranks is that of DeLong’s definition', () => {
  const { truth, a, b, ...expected } = oracle.de_long;
  const found = deLong(a, b, truth);
  expect(found?.difference).toBeCloseTo(expected.difference, DIGITS);
  expect(found?.standardError).toBeCloseTo(expected.standardError, DIGITS);
  expect(twoSidedP(expected.difference / expected.standardError)).toBeCloseTo(expected.p, DIGITS);
  const back = deLong(b, a, truth);
  expect(back?.difference).toBeCloseTo(-expected.difference, DIGITS);
  expect(back?.standardError).toBeCloseTo(expected.standardError, DIGITS);
});

test('the normal distribution is scipy’s', () => {
  for (const [level, z] of oracle.normal.z) expect(zOf(level)).toBeCloseTo(z, 9);
  for (const [z, p] of oracle.normal.p) expect(twoSidedP(z) / p).toBeCloseTo(1, 6);
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
