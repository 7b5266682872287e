import type { Column, Tensor } from '../../registry/contract';
import { fromHalves } from '../../scoring/domain/half-precision';
import type { OutputReading } from '../../scoring/domain/output-reading';
import type { Tensors } from '../../scoring/domain/tensor';
import type { Predictions } from './predictions';

/** What a model said to a batch: its tensors, and how Contender reads them. */
export interface Answered {
  readonly rows: number;
  readonly outputs: Tensors;
  readonly predictions: Predictions;
}

/** A column of the golden data that says what the model answers. */
export interface GoldenOutput {
  readonly column: string;
  /** Classes and texts are equal or not; numbers may differ by the tolerance. */
  readonly compared: 'number' | 'text';
  /** What the model said, row by row. */
  readonly of: (answered: Answered) => readonly (number | string)[];
}

const className = ({ predictions }: Answered, classes: readonly string[] | undefined): readonly string[] =>
  predictions.kind === 'classes'
    ? Array.from(predictions.index, (index) => classes?.[index] ?? String(index))
    : Array.from(predictions.values, String);

/** The score as an endpoint answers it: the value, the positive class's probability, or the predicted class's. */
const scores = ({ predictions, rows }: Answered): readonly number[] => {
  if (predictions.kind === 'numbers') return [...predictions.values];
  const { positive, probabilities, index } = predictions;
  if (positive !== undefined) return [...positive];
  return Array.from({ length: rows }, (_, row) =>
    probabilities === undefined
      ? Number.NaN
      : (probabilities.values[row * probabilities.classes + (index[row] ?? 0)] ?? Number.NaN),
  );
};

const elements = ({ outputs, rows }: Answered, name: string, position: number): readonly (number | string)[] => {
  const tensor = outputs[name];
  const data = tensor?.datatype === 'FP16' ? fromHalves(tensor.data) : (tensor?.data ?? []);
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const element = position < width ? data[row * width + position] : undefined;
    return typeof element === 'string' ? element : Number(element ?? Number.NaN);
  });
};

const SCORE_NAMES = ['score', 'prediction'];
const LABEL_NAMES = ['label', 'prediction'];
/** `probabilities_1`, `probabilities.1`: one position of a tensor that has several. */
const POSITION = /^(.+)[._](\d{1,5})$/;

const meaningOf = (column: string, reading: OutputReading): GoldenOutput | undefined => {
  if (reading.task === 'regression') {
    return SCORE_NAMES.includes(column) ? { column, compared: 'number', of: scores } : undefined;
  }
  const { classes, label, score } = reading;
  if (LABEL_NAMES.includes(column) || column === label?.tensor) {
    return { column, compared: 'text', of: (answered) => className(answered, classes) };
  }
  return column === 'score' && score !== undefined ? { column, compared: 'number', of: scores } : undefined;
};

const tensorOf = (column: string, tensors: readonly Tensor[]): GoldenOutput | undefined => {
  const [, base, digits] = POSITION.exec(column) ?? [];
  const whole = tensors.find(({ name }) => name === column);
  const tensor = whole ?? tensors.find(({ name }) => name === base);
  if (tensor === undefined) return undefined;
  const position = whole === undefined ? Number(digits) : 0;
  const compared = tensor.datatype === 'BYTES' ? 'text' : 'number';
  return { column, compared, of: (answered) => elements(answered, tensor.name, position) };
};

/**
 * The columns that say what the model answers: `label`, `score` and `prediction` as Contender reads its outputs, else an output
 * tensor by its name, or one position of it (`probabilities_1`). All other columns are none of golden data's business.
 */
export const goldenOutputs = (
  header: readonly string[],
  reading: OutputReading,
  tensors: readonly Tensor[],
  inputs: readonly Column[],
): readonly GoldenOutput[] =>
  header
    .filter((column) => !inputs.some(({ name }) => name === column))
    .flatMap((column) => meaningOf(column, reading) ?? tensorOf(column, tensors) ?? []);
