import { lossOf } from '../../monitoring/domain/assess-outcome';
import type { Manifest } from '../../registry/contract';
import type { OutputReading } from '../../scoring/domain/output-reading';
import { quantile } from './metrics/quantile';
import { type Predictions, pickPredictions } from './predictions';
import type { Truth } from './read-truth';

/** Predictions beside the truth: everything that metrics are made of. */
export type Judged =
  | {
      readonly kind: 'classes';
      readonly rows: number;
      readonly truth: Int32Array;
      readonly names: readonly string[];
      readonly predictions: Extract<Predictions, { kind: 'classes' }>;
      /** Position of the positive class; two classes only. */
      readonly positive: number | undefined;
    }
  | {
      readonly kind: 'numbers';
      readonly rows: number;
      readonly truth: Float64Array;
      readonly predictions: Extract<Predictions, { kind: 'numbers' }>;
    };

/** @throws Error when one side is classes and the other numbers. */
export const judgedRows = (truth: Truth, predictions: Predictions, reading: OutputReading): Judged => {
  if (truth.kind === 'classes' && predictions.kind === 'classes') {
    const positive = reading.task === 'binary-classification' ? reading.positive : undefined;
    return { kind: 'classes', rows: truth.index.length, truth: truth.index, names: truth.names, predictions, positive };
  }
  if (truth.kind === 'numbers' && predictions.kind === 'numbers') {
    return { kind: 'numbers', rows: truth.values.length, truth: truth.values, predictions };
  }
  throw new Error('predictions and truth are of different kinds');
};

/** Some of the rows, in the order given. */
export const pickJudged = (judged: Judged, rows: Int32Array): Judged => {
  const predictions = pickPredictions(judged.predictions, rows);
  if (judged.kind === 'numbers' && predictions.kind === 'numbers') {
    const truth = Float64Array.from(rows, (row) => judged.truth[row] ?? Number.NaN);
    return { ...judged, rows: rows.length, truth, predictions };
  }
  if (judged.kind === 'classes' && predictions.kind === 'classes') {
    return { ...judged, rows: rows.length, truth: rows.map((row) => judged.truth[row] ?? 0), predictions };
  }
  throw new Error('picked predictions are of another kind');
};

/** An absolute error so far out that one in a hundred is beyond it is a whole loss. */
const CAP_QUANTILE = 0.99;

/** The cap on absolute errors, in the label's unit: never 0, so that a perfect model can still be told from a wrong one. */
export const lossCapOf = ({ truth, predictions }: Extract<Judged, { kind: 'numbers' }>): number => {
  const errors = truth.map((value, row) => Math.abs(value - (predictions.values[row] ?? 0)));
  const cap = quantile(errors, CAP_QUANTILE);
  if (cap > 0) return cap;
  const largest = errors.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 ? largest : 1;
};

type Score = (row: number) => number | undefined;

/** As a prediction carries it: of the positive class (two classes), of the predicted one (more). */
const scoreOf = ({ positive, probabilities, index }: Extract<Predictions, { kind: 'classes' }>): Score => {
  if (positive !== undefined) return (row) => positive[row];
  if (probabilities === undefined) return () => undefined;
  return (row) => probabilities.values[row * probabilities.classes + (index[row] ?? 0)];
};

/** Loss of each row, in [0,1], by the very function that judges outcomes later. @param cap for numbers. */
export const lossesOf = (judged: Judged, manifest: Manifest, cap: number | undefined): Float64Array => {
  const baseline = { rows: 0, mean: 0, perClass: [], ...(cap === undefined ? {} : { cap }) };
  const yardstick = { manifest, baseline };
  if (judged.kind === 'numbers') {
    const { truth, predictions } = judged;
    return truth.map((value, row) =>
      lossOf({ prediction: { kind: 'value', value: predictions.values[row] ?? 0 } }, value, yardstick),
    );
  }
  const { truth, predictions } = judged;
  const scoreAt = scoreOf(predictions);
  return Float64Array.from(truth, (index, row) => {
    const score = scoreAt(row);
    const prediction = { kind: 'class', index: predictions.index[row] ?? 0 } as const;
    return lossOf(score === undefined ? { prediction } : { prediction, score }, index, yardstick);
  });
};
