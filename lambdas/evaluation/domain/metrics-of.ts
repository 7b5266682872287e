import type { MetricName } from '../../registry/contract';
import type { Judged } from './judged-rows';
import { accuracy } from './metrics/accuracy';
import { averagePrecision } from './metrics/average-precision';
import { brier, multiclassBrier } from './metrics/brier';
import { type CalibrationBin, calibrationBins, calibrationError, recalibration } from './metrics/calibration';
import { coverage } from './metrics/coverage';
import { f1, macroF1 } from './metrics/f1';
import { binaryLogLoss, logLoss } from './metrics/log-loss';
import { rankingOf } from './metrics/ranking';
import { mae, r2, rmse } from './metrics/regression';
import { oneAgainstRest, rocAuc } from './metrics/roc-auc';

/** By name; one that is not defined on the data is left out. */
export type Metrics = Readonly<Record<string, number>>;

type Classes = Extract<Judged, { kind: 'classes' }>;
type Bins = readonly CalibrationBin[] | undefined;

/** Sorting all rows once a class is fine for some, not for hundreds. */
const MAX_AUC_CLASSES = 20;

const defined = (metrics: Readonly<Partial<Record<MetricName, number | undefined>>>): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (Number.isFinite(value) ? [[name, value as number]] : [])),
  );

/** 1 for rows of the positive class. */
export const isPositive = ({ truth, positive }: Classes): Uint8Array =>
  Uint8Array.from(truth, (index) => (index === positive ? 1 : 0));

const binary = (judged: Classes, scores: Float64Array, bins: Bins): Metrics => {
  const positives = isPositive(judged);
  const order = rankingOf(scores);
  const { intercept, slope } = recalibration(scores, positives);
  return defined({
    logLoss: binaryLogLoss(scores, positives),
    brier: brier(scores, positives),
    rocAuc: rocAuc(scores, positives, order),
    prAuc: averagePrecision(scores, positives, order),
    calibrationError: bins && calibrationError(bins),
    calibrationIntercept: intercept,
    calibrationSlope: slope,
  });
};

const multiclass = (judged: Classes, bins: Bins): Metrics => {
  const { probabilities } = judged.predictions;
  if (probabilities === undefined) return {};
  const { values, classes } = probabilities;
  const { truth } = judged;
  return defined({
    logLoss: logLoss(values, truth, classes),
    brier: multiclassBrier(values, truth, classes),
    ...(classes <= MAX_AUC_CLASSES ? oneAgainstRest(values, truth, classes) : {}),
    calibrationError: bins && calibrationError(bins),
  });
};

/**
 * Probabilities that can be told by how often they came true: of the positive class; of more classes that of the predicted one. Undefined without
 * scores.
 */
const believed = (judged: Classes): { scores: Float64Array; came: Uint8Array } | undefined => {
  const { positive, probabilities, index } = judged.predictions;
  if (positive !== undefined) return { scores: positive, came: isPositive(judged) };
  if (probabilities === undefined) return undefined;
  const { values, classes } = probabilities;
  return {
    scores: Float64Array.from(index, (said, row) => (said < classes ? (values[row * classes + said] ?? 0) : 0)),
    came: Uint8Array.from(index, (said, row) => (said === judged.truth[row] ? 1 : 0)),
  };
};

/** How often scores came true; undefined where there are none. */
export const calibrationOf = (judged: Judged): CalibrationBin[] | undefined => {
  const told = judged.kind === 'classes' ? believed(judged) : undefined;
  return told && calibrationBins(told.scores, told.came);
};

const f1Of = ({ predictions, truth, names, positive }: Classes): number | undefined => {
  const k = Math.max(names.length, 1 + predictions.index.reduce((a, b) => Math.max(a, b), 0));
  return positive === undefined ? macroF1(predictions.index, truth, k) : f1(predictions.index, truth, k, positive);
};

/** Every metric of the task. @param bins of its scores, where they are known already */
export const metricsOf = (judged: Judged, bins: Bins = calibrationOf(judged)): Metrics => {
  if (judged.kind === 'numbers') {
    const { truth } = judged;
    const { values } = judged.predictions;
    const errors = { rmse: rmse(values, truth), mae: mae(values, truth), r2: r2(values, truth) };
    const within = (level: number): number | undefined => coverage(values, truth, level);
    const covered = {
      coverage50: within(0.5),
      coverage80: within(0.8),
      coverage90: within(0.9),
      coverage95: within(0.95),
    };
    return defined({ ...errors, ...covered });
  }
  const { predictions, truth } = judged;
  const byScore = predictions.positive ? binary(judged, predictions.positive, bins) : multiclass(judged, bins);
  return { ...defined({ accuracy: accuracy(predictions.index, truth), f1: f1Of(judged) }), ...byScore };
};

/** One number that is higher for a better model, by which importance is told. */
export const headlineOf = (judged: Judged): { readonly metric: string; readonly value: number } => {
  if (judged.kind === 'numbers') {
    const explained = r2(judged.predictions.values, judged.truth);
    if (explained !== undefined) return { metric: 'r2', value: explained };
    return { metric: '-rmse', value: -rmse(judged.predictions.values, judged.truth) };
  }
  const { positive, index } = judged.predictions;
  const auc = positive && rocAuc(positive, isPositive(judged));
  return auc === undefined
    ? { metric: 'accuracy', value: accuracy(index, judged.truth) }
    : { metric: 'rocAuc', value: auc };
};

/** a − b of the metrics that both have. */
export const differenceOf = (a: Metrics, b: Metrics): Metrics =>
  Object.fromEntries(
    Object.entries(a).flatMap(([name, value]) => (b[name] === undefined ? [] : [[name, value - b[name]]])),
  );
