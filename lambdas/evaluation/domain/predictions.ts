import type { Manifest, Tensor } from '../../registry/contract';
import { fromHalves } from '../../scoring/domain/half-precision';
import { interpreterOf, type OutputInterpreter } from '../../scoring/domain/interpret-outputs';
import { type OutputReading, outputReadingOf, type ScoreReading } from '../../scoring/domain/output-reading';
import { elementsOf, type Tensors } from '../../scoring/domain/tensor';
import { CandidateRejected } from './candidate-rejected';

/** What a version said about every row of the data. */
export type Predictions =
  | {
      readonly kind: 'classes';
      /** Position of the predicted class. */
      readonly index: Int32Array;
      /** Probability of the positive class; two classes only, and absent for labels without scores. */
      readonly positive: Float64Array | undefined;
      /** Probability of each class, row by row; more than two classes only, and absent for labels without scores. */
      readonly probabilities: ClassProbabilities | undefined;
    }
  | { readonly kind: 'numbers'; readonly values: Float64Array };

export interface ClassProbabilities {
  readonly classes: number;
  readonly values: Float64Array;
}

/** The predictions of some rows, in the order given. */
export const pickPredictions = (predictions: Predictions, rows: Int32Array): Predictions => {
  if (predictions.kind === 'numbers') return { kind: 'numbers', values: pick(predictions.values, rows) };
  const { index, positive, probabilities } = predictions;
  return {
    kind: 'classes',
    index: rows.map((row) => index[row] ?? 0),
    positive: positive && pick(positive, rows),
    probabilities: probabilities && pickProbabilities(probabilities, rows),
  };
};

const pickProbabilities = ({ classes, values }: ClassProbabilities, rows: Int32Array): ClassProbabilities => {
  const picked = new Float64Array(rows.length * classes);
  rows.forEach((row, at) => {
    picked.set(values.subarray(row * classes, (row + 1) * classes), at * classes);
  });
  return { classes, values: picked };
};

const pick = (values: Float64Array, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row] ?? Number.NaN);

/** float32 arithmetic may leave [0,1] by this much. */
const PROBABILITY_SLACK = 1e-4;
/** Half-precision arithmetic over a thousand classes leaves a sum this far from 1 at most; what is further off is no distribution. */
const SUM_SLACK = 1e-2;
/** More probabilities than this are not kept: 80 MB. */
export const MAX_PROBABILITIES = 10_000_000;

/** How outputs are read, decided by the manifest and by the graph itself. @throws CandidateRejected */
export const readingOf = (outputs: readonly Tensor[], manifest: Manifest): OutputReading => {
  try {
    return outputReadingOf({ signature: { outputs: [...outputs] }, manifest });
  } catch (cause) {
    throw new CandidateRejected('outputs-unreadable', (cause as Error).message, { cause });
  }
};

const clippedProbability = (value: number, tensor: string): number => {
  if (value >= -PROBABILITY_SLACK && value <= 1 + PROBABILITY_SLACK) return Math.min(1, Math.max(0, value));
  throw new CandidateRejected(
    'outputs-unreadable',
    `output ${tensor} holds ${value}, which is no probability; set output.score.kind: logit, or another output.score.tensor, in contender.yaml`,
  );
};

const columnsOf = (outputs: Tensors, score: ScoreReading, rows: number): number =>
  elementsOf(outputs[score.tensor]?.shape ?? []) / rows;

/** As many probabilities a row as classes, or one for two classes. */
const checkClassCount = (outputs: Tensors, reading: OutputReading, rows: number): void => {
  if (reading.task === 'regression' || reading.score === undefined || reading.classes === undefined) return;
  const columns = columnsOf(outputs, reading.score, rows);
  const { length } = reading.classes;
  if (columns === length || (columns === 1 && length === 2)) return;
  throw new CandidateRejected(
    'outputs-unreadable',
    `output ${reading.score.tensor} has ${columns} columns, but output.classes names ${length} classes (${reading.classes.slice(0, 20).join(', ')}); correct output.classes in contender.yaml`,
  );
};

const checkSum = (row: Float64Array, tensor: string): void => {
  const sum = row.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) <= SUM_SLACK) return;
  throw new CandidateRejected(
    'outputs-unreadable',
    `the ${row.length} probabilities of a row of output ${tensor} sum to ${Number(sum.toPrecision(4))} and not to 1; normalise them in the graph, or set output.score.kind: logit in contender.yaml`,
  );
};

/** Softmax of logits, or the probabilities themselves; a row at a time. */
const readProbabilities = (outputs: Tensors, score: ScoreReading, rows: number): ClassProbabilities => {
  const classes = columnsOf(outputs, score, rows);
  const tensor = outputs[score.tensor];
  const data = tensor?.data ?? [];
  const values = tensor?.datatype === 'FP16' ? fromHalves(data) : Float64Array.from(data, Number);
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    if (score.kind === 'logit') {
      softmaxInPlace(row);
      continue;
    }
    row.forEach((value, at) => {
      row[at] = clippedProbability(value, score.tensor);
    });
    checkSum(row, score.tensor);
  }
  return { classes, values };
};

const softmaxInPlace = (row: Float64Array): void => {
  const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  row.forEach((logit, at) => {
    row[at] = Math.exp(logit - top);
  });
  for (const value of row) sum += value;
  row.forEach((value, at) => {
    row[at] = value / sum;
  });
};

/** Gathers predictions batch by batch. */
export class PredictionCollector {
  private readonly interpret: OutputInterpreter;
  private readonly index: Int32Array;
  private readonly scores: Float64Array;
  private hasScores = true;
  private probabilities: ClassProbabilities | undefined;

  constructor(
    private readonly reading: OutputReading,
    private readonly rows: number,
  ) {
    this.interpret = interpreterOf(reading);
    this.index = new Int32Array(reading.task === 'regression' ? 0 : rows);
    this.scores = new Float64Array(rows);
  }

  /** @param what the rows, for messages. @throws CandidateRejected when the outputs are no predictions. */
  add(outputs: Tensors, start: number, rows: number, what: string): void {
    try {
      checkClassCount(outputs, this.reading, rows);
      this.interpret(outputs, rows).forEach(({ prediction, score }, row) => {
        if (prediction.kind === 'value') this.scores[start + row] = prediction.value;
        else this.addClass(start + row, prediction.index, score);
      });
      this.addProbabilities(outputs, start, rows);
    } catch (cause) {
      throw new CandidateRejected('outputs-unreadable', `${(cause as Error).message} (${what})`, { cause });
    }
  }

  finish(): Predictions {
    const { reading, index, scores, probabilities } = this;
    if (reading.task === 'regression') return { kind: 'numbers', values: scores };
    const positive = reading.task === 'binary-classification' && this.hasScores ? scores : undefined;
    return { kind: 'classes', index, positive, probabilities };
  }

  private addClass(row: number, index: number, score: number | undefined): void {
    this.index[row] = index;
    const { reading } = this;
    if (score === undefined) this.hasScores = false;
    else if (reading.task === 'binary-classification') {
      this.scores[row] =
        reading.score?.kind === 'logit' ? score : clippedProbability(score, reading.score?.tensor ?? '');
    }
  }

  private addProbabilities(outputs: Tensors, start: number, rows: number): void {
    const { reading } = this;
    if (reading.task !== 'multiclass-classification' || reading.score === undefined) return;
    const batch = readProbabilities(outputs, reading.score, rows);
    if (batch.classes * this.rows > MAX_PROBABILITIES) return;
    this.probabilities ??= { classes: batch.classes, values: new Float64Array(this.rows * batch.classes) };
    if (batch.classes !== this.probabilities.classes) throw new Error('the number of classes changes between batches');
    this.probabilities.values.set(batch.values, start * batch.classes);
  }
}
