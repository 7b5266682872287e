import { UpstreamFailed } from '../../kernel/errors';
import type { Scored } from '../../predictions/contract';
import type { Manifest } from '../../registry/contract';
import { numberText } from './encode-response';
import { fromHalf } from './half-precision';
import { elementsOf, showShape, type Tensors, type TensorValue } from './tensor';

export interface PredictionsAnswer {
  readonly outputs: Tensors;
  readonly rows: number;
  /** Absent where the outputs mean no prediction. */
  readonly scored: readonly Scored[] | undefined;
  readonly output: Manifest['output'];
  /** Names of the outputs in the graph's order. */
  readonly names: readonly string[];
  /** One id a row; empty if none were minted. */
  readonly predictionIds: readonly string[];
}

/** JSON of a row. */
type RowText = (row: number) => string;

const elementText = ({ data, datatype }: TensorValue, at: number): string => {
  const value = data[at] as string | number | bigint;
  if (typeof value === 'string') return JSON.stringify(value);
  // 64-bit integers go with every digit.
  if (typeof value === 'bigint') return String(value);
  if (datatype === 'BOOL') return String(value !== 0);
  return numberText(datatype === 'FP16' ? fromHalf(value) : value);
};

const nestedText = (tensor: TensorValue, shape: readonly number[], start: number): string => {
  const [size, ...inner] = shape;
  if (size === undefined) return elementText(tensor, start);
  const step = elementsOf(inner);
  let text = '';
  for (let i = 0; i < size; i++) text += `${i > 0 ? ',' : ''}${nestedText(tensor, inner, start + i * step)}`;
  return `[${text}]`;
};

/** Rows of an output, cut by its real size: one element a row is a plain value, more are a list. */
const rawRows = (name: string, { outputs, rows }: PredictionsAnswer): RowText => {
  const tensor = outputs[name];
  if (tensor === undefined) throw new UpstreamFailed(`the model gave no output ${name}`);
  const width = tensor.data.length / rows;
  if (!Number.isInteger(width)) {
    const shape = showShape(tensor.shape);
    throw new UpstreamFailed(
      `output ${name} has shape ${shape}, which does not divide into ${rows} rows; leave it out of output.respond`,
    );
  }
  if (width === 1) return (row) => elementText(tensor, row);
  const inner = tensor.shape[0] === rows ? tensor.shape.slice(1) : [width];
  return (row) => nestedText(tensor, inner, row * width);
};

const scoreText = ({ prediction, score }: Scored): string => {
  if (prediction.kind === 'value') return numberText(prediction.value);
  return score === undefined ? 'null' : numberText(score);
};

/** The class by its name, else as the label tensor has it, else its position. */
const labelRows = (scored: readonly Scored[], answer: PredictionsAnswer): RowText => {
  const { classes, label } = answer.output ?? {};
  const raw = classes === undefined && label !== undefined ? rawRows(label.tensor, answer) : undefined;
  return (row) => {
    const prediction = scored[row]?.prediction;
    if (prediction?.kind === 'value') return numberText(prediction.value);
    if (raw !== undefined || prediction === undefined) return raw?.(row) ?? 'null';
    const name = classes?.[prediction.index];
    return name === undefined ? String(prediction.index) : JSON.stringify(name);
  };
};

/** What a name in `output.respond` stands for. */
const respondedRows = (name: string, answer: PredictionsAnswer): RowText => {
  const { scored, output, outputs } = answer;
  if (scored !== undefined && name === 'label') return labelRows(scored, answer);
  if (scored !== undefined && name === 'score') return (row) => scoreText(scored[row] as Scored);
  const declared = name === 'label' ? output?.label : name === 'score' ? output?.score : undefined;
  const tensor = declared?.tensor ?? name;
  if (Object.hasOwn(outputs, tensor)) return rawRows(tensor, answer);
  throw new UpstreamFailed(
    `output.respond names ${name}, which is no output of the model (${Object.keys(outputs).join(', ')}), and no label or score ` +
      'that could be read; correct output in contender.yaml',
  );
};

/**
 * `{"predictions": …}`: the columns of `output.respond`, else all outputs; records, or plain values where there is only one.
 * Ids lie beside them as `prediction_ids`.
 * @throws UpstreamFailed when outputs do not divide into rows.
 */
export const encodePredictions = (answer: PredictionsAnswer): string => {
  const respond = answer.output?.respond ?? [];
  const columns =
    respond.length > 0
      ? respond.map((name) => ({ name, text: respondedRows(name, answer) }))
      : answer.names.map((name) => ({ name, text: rawRows(name, answer) }));
  const [only, ...others] = columns;
  const keyed = columns.map(({ name, text }) => ({ key: `${JSON.stringify(name)}:`, text }));
  const isPlain = only !== undefined && others.length === 0;
  const rowText: RowText = isPlain
    ? only.text
    : (row) => `{${keyed.map(({ key, text }) => key + text(row)).join(',')}}`;
  let predictions = '';
  for (let row = 0; row < answer.rows; row++) predictions += `${row > 0 ? ',' : ''}${rowText(row)}`;
  // Ids are base64url: nothing in them needs an escape.
  const ids = answer.predictionIds.length > 0 ? `,"prediction_ids":["${answer.predictionIds.join('","')}"]` : '';
  return `{"predictions":[${predictions}]${ids}}`;
};
