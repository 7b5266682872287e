import type { Judged } from './judged-rows';
import { accuracy } from './metrics/accuracy';
import { logLoss } from './metrics/log-loss';
import { mae, r2, rmse } from './metrics/regression';
import { macroRocAuc, rocAuc } from './metrics/roc-auc';

/** By name; one that is not defined on the data is left out. */
export type Metrics = Readonly<Record<string, number>>;

type Classes = Extract<Judged, { kind: 'classes' }>;

/** Sorting all rows once a class is fine for some, not for hundreds. */
const MAX_AUC_CLASSES = 20;

const defined = (metrics: Readonly<Record<string, number | undefined>>): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (Number.isFinite(value) ? [[name, value as number]] : [])),
  );

const isPositive = ({ truth, positive }: Classes): Uint8Array =>
  Uint8Array.from(truth, (index) => (index === positive ? 1 : 0));

const binary = (judged: Classes, scores: Float64Array): Metrics => {
  const positives = isPositive(judged);
  const pairs = new Float64Array(scores.length * 2);
  scores.forEach((score, row) => {
    pairs.set([1 - score, score], row * 2);
  });
  return defined({ logLoss: logLoss(pairs, positives, 2), rocAuc: rocAuc(scores, positives) });
};

const multiclass = (judged: Classes): Metrics => {
  const { probabilities } = judged.predictions;
  if (probabilities === undefined) return {};
  const { values, classes } = probabilities;
  return defined({
    logLoss: logLoss(values, judged.truth, classes),
    rocAuc: classes <= MAX_AUC_CLASSES ? macroRocAuc(values, judged.truth, classes) : undefined,
  });
};

/** Every metric of the task. */
export const metricsOf = (judged: Judged): Metrics => {
  if (judged.kind === 'numbers') {
    const { predictions, truth } = judged;
    const { values } = predictions;
    return defined({ rmse: rmse(values, truth), mae: mae(values, truth), r2: r2(values, truth) });
  }
  const { predictions, truth } = judged;
  const byScore = predictions.positive ? binary(judged, predictions.positive) : multiclass(judged);
  return { accuracy: accuracy(predictions.index, truth), ...byScore };
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
