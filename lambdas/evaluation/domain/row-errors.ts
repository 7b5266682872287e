import type { Judged } from './judged-rows';
import { squaredMiss, squaredMisses } from './metrics/brier';
import { surprise, trueProbability } from './metrics/log-loss';

type Classes = Extract<Judged, { kind: 'classes' }>;
type Numbers = Extract<Judged, { kind: 'numbers' }>;

/** A number of each row, whose mean over rows is a metric. */
export type PerRow = (row: number) => number;

/** Mean: accuracy. */
export const isRight =
  ({ truth, predictions }: Classes): PerRow =>
  (row) =>
    truth[row] === predictions.index[row] ? 1 : 0;

/** Mean: Brier. Undefined without scores. */
export const brierOf = ({ truth, positive, predictions }: Classes): PerRow | undefined => {
  const { positive: scores, probabilities } = predictions;
  if (scores !== undefined) return (row) => squaredMiss(scores[row] ?? 0, truth[row] === positive ? 1 : 0);
  if (probabilities === undefined) return undefined;
  return (row) => squaredMisses(probabilities.values, truth, probabilities.classes, row);
};

/** Mean: log loss. Undefined without scores. */
export const logLossOf = ({ truth, positive, predictions }: Classes): PerRow | undefined => {
  const { positive: scores, probabilities } = predictions;
  if (scores !== undefined)
    return (row) => surprise(truth[row] === positive ? (scores[row] ?? 0) : 1 - (scores[row] ?? 0));
  if (probabilities === undefined) return undefined;
  return (row) => surprise(trueProbability(probabilities.values, truth, probabilities.classes, row));
};

/** Mean: MAE. */
export const absoluteError =
  ({ truth, predictions }: Numbers): PerRow =>
  (row) =>
    Math.abs((truth[row] ?? 0) - (predictions.values[row] ?? 0));
