import { assertNever } from '../../kernel/assert-never';
import { NonFiniteScore, UpstreamFailed } from '../../kernel/errors';
import type { Scored } from '../../predictions/contract';
import { fromHalves } from './half-precision';
import {
  type LabelReading,
  type OutputDeclaration,
  type OutputReading,
  outputReadingOf,
  type ScoreReading,
} from './output-reading';
import { elementsOf, showShape, type Tensors, type TensorValue } from './tensor';

/** Turns the outputs of one run into one prediction a row. @throws UpstreamFailed for outputs that are none. */
export type OutputInterpreter = (outputs: Tensors, rows: number) => readonly Scored[];

/** One output, cut into rows by its real size: converters declare wrong shapes. */
interface Rows {
  readonly name: string;
  readonly columns: number;
  readonly at: (row: number, column: number) => number | bigint | string;
}

const rowsOf = (outputs: Tensors, name: string, rows: number): Rows => {
  const tensor: TensorValue | undefined = outputs[name];
  if (tensor === undefined) throw new UpstreamFailed(`the model gave no output ${name}`);
  const columns = elementsOf(tensor.shape) / rows;
  if (!Number.isInteger(columns) || columns < 1) {
    throw new UpstreamFailed(
      `output ${name} has shape ${showShape(tensor.shape)}, which does not divide into ${rows} rows`,
    );
  }
  const data = tensor.datatype === 'FP16' ? fromHalves(tensor.data) : tensor.data;
  return { name, columns, at: (row, column) => data[row * columns + column] ?? Number.NaN };
};

const finiteAt = (rows: Rows, row: number, column: number): number => {
  const value = Number(rows.at(row, column));
  if (Number.isFinite(value)) return value;
  throw new NonFiniteScore(`output ${rows.name} holds ${rows.at(row, column)} in row ${row}, column ${column}`);
};

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

const columnFor = (rows: Rows, reading: ScoreReading, fallback: number): number => {
  const column = rows.columns === 1 ? 0 : (reading.column ?? fallback);
  if (column < rows.columns) return column;
  throw new UpstreamFailed(`output ${rows.name} has ${rows.columns} columns, column ${column} is asked for`);
};

const classIndex = (
  label: LabelReading,
  classes: readonly string[] | undefined,
  value: number | bigint | string,
): number => {
  const index = label.by === 'name' ? (classes?.indexOf(String(value)) ?? -1) : Number(value);
  if (Number.isInteger(index) && index >= 0 && index < (classes?.length ?? Number.POSITIVE_INFINITY)) return index;
  const known = classes === undefined ? 'a class index' : `one of the classes ${classes.join(', ')}`;
  throw new UpstreamFailed(`output ${label.tensor} holds ${value}, which is not ${known}; correct output.classes`);
};

const eachRow = (rows: number, read: (row: number) => Scored): readonly Scored[] => {
  const scored: Scored[] = [];
  for (let row = 0; row < rows; row++) scored.push(read(row));
  return scored;
};

type Regression = Extract<OutputReading, { task: 'regression' }>;
type Binary = Extract<OutputReading, { task: 'binary-classification' }>;
type Multiclass = Extract<OutputReading, { task: 'multiclass-classification' }>;

const regression =
  ({ score }: Regression): OutputInterpreter =>
  (outputs, rows) => {
    const values = rowsOf(outputs, score.tensor, rows);
    if (values.columns > 1 && score.column === undefined) {
      throw new UpstreamFailed(`output ${values.name} holds ${values.columns} numbers a row; set output.score.column`);
    }
    const column = columnFor(values, score, 0);
    return eachRow(rows, (row) => ({ prediction: { kind: 'value', value: finiteAt(values, row, column) } }));
  };

/** Score of the positive class, row by row; undefined where the model gives labels alone. */
const positiveScore = (scores: Rows, score: ScoreReading, positive: number): ((row: number) => number) => {
  const column = columnFor(scores, score, positive);
  return score.kind === 'logit'
    ? (row) => sigmoid(finiteAt(scores, row, column))
    : (row) => finiteAt(scores, row, column);
};

const binary =
  ({ label, score, classes, positive, threshold }: Binary): OutputInterpreter =>
  (outputs, rows) => {
    const labels = label && rowsOf(outputs, label.tensor, rows);
    const scoreAt = score && positiveScore(rowsOf(outputs, score.tensor, rows), score, positive);
    return eachRow(rows, (row) => {
      const value = scoreAt?.(row);
      const scored = value === undefined ? {} : { score: value };
      if (label && labels) {
        return { prediction: { kind: 'class', index: classIndex(label, classes, labels.at(row, 0)) }, ...scored };
      }
      const isPositive = value !== undefined && value >= threshold;
      return { prediction: { kind: 'class', index: isPositive ? positive : 1 - positive }, ...scored };
    });
  };

/** Position of the highest score of a row. */
const highest = (scores: Rows, row: number): number => {
  let best = 0;
  for (let column = 1; column < scores.columns; column++) {
    if (finiteAt(scores, row, column) > finiteAt(scores, row, best)) best = column;
  }
  return best;
};

const softmaxAt = (scores: Rows, row: number, index: number): number => {
  const top = finiteAt(scores, row, highest(scores, row));
  let sum = 0;
  for (let column = 0; column < scores.columns; column++) sum += Math.exp(finiteAt(scores, row, column) - top);
  return Math.exp(finiteAt(scores, row, index) - top) / sum;
};

const multiclass =
  ({ label, score, classes }: Multiclass): OutputInterpreter =>
  (outputs, rows) => {
    const labels = label && rowsOf(outputs, label.tensor, rows);
    const scores = score && rowsOf(outputs, score.tensor, rows);
    return eachRow(rows, (row) => {
      const index = label && labels ? classIndex(label, classes, labels.at(row, 0)) : scores ? highest(scores, row) : 0;
      if (!scores || index >= scores.columns) return { prediction: { kind: 'class', index } };
      const value = score?.kind === 'logit' ? softmaxAt(scores, row, index) : finiteAt(scores, row, index);
      return { prediction: { kind: 'class', index }, score: value };
    });
  };

/** The interpreter of a reading that is already decided. */
export const interpreterOf = (reading: OutputReading): OutputInterpreter => {
  switch (reading.task) {
    case 'regression':
      return regression(reading);
    case 'binary-classification':
      return binary(reading);
    case 'multiclass-classification':
      return multiclass(reading);
    default:
      return assertNever(reading);
  }
};

/**
 * Predictions and scores of each row, by the version's manifest: the label tensor, else score ≥ threshold (two classes) or
 * the highest score (more), else the number itself.
 * @throws InvalidInput when the manifest does not fit the graph.
 * @throws UpstreamFailed when the outputs do not fit either, or a score is not finite.
 */
export const interpretOutputs = (outputs: Tensors, version: OutputDeclaration, rows: number): readonly Scored[] =>
  interpreterOf(outputReadingOf(version))(outputs, rows);
