import { InvalidInput, UpstreamFailed } from '../../kernel/errors';
import type { Signature, Tensor } from '../../registry/contract';
import { parseElements } from './parse-elements';
import { elementsOf, nestingOf, type Tensors, type TensorValue } from './tensor';

type Json = string | number | boolean | Json[] | { [key: string]: Json };

const elementOf = (tensor: TensorValue, index: number): Json => {
  const value = tensor.data[index] ?? 0;
  if (tensor.datatype === 'BOOL') return value !== 0;
  return typeof value === 'bigint' ? Number(value) : value;
};

/** Part of a tensor from `start` on, nested as `shape` says. */
const nest = (tensor: TensorValue, shape: readonly number[], start: number): Json => {
  const [size, ...rest] = shape;
  if (size === undefined) return elementOf(tensor, start);
  const step = elementsOf(rest);
  return Array.from({ length: size }, (_, index) => nest(tensor, rest, start + index * step));
};

const rowOf = (tensor: TensorValue, row: number): Json => {
  const shape = tensor.shape.slice(1);
  return nest(tensor, shape, row * elementsOf(shape));
};

/** Rows as `instances`: each the row of the only input, or an object of all inputs by name. */
export const toInstances = (inputs: Tensors, rows: number): Json[] => {
  const all = Object.entries(inputs);
  const [only, ...others] = all;
  return Array.from({ length: rows }, (_, row) => {
    if (only !== undefined && others.length === 0) return rowOf(only[1], row);
    return Object.fromEntries(all.map(([name, tensor]) => [name, rowOf(tensor, row)]));
  });
};

const columnOf = (predictions: readonly unknown[], output: Tensor, isOnly: boolean): readonly unknown[] =>
  predictions.map((row, index) => {
    const isObject = typeof row === 'object' && row !== null && !Array.isArray(row);
    if (isObject && output.name in row) return (row as Readonly<Record<string, unknown>>)[output.name];
    if (!isObject && isOnly) return row;
    throw new UpstreamFailed(`the endpoint's prediction ${index} holds no ${output.name}`);
  });

const toTensor = (values: readonly unknown[], output: Tensor): TensorValue => {
  const shape = nestingOf(values);
  const { datatype } = output;
  try {
    return {
      datatype,
      shape,
      data: parseElements(values, datatype, shape, elementsOf(shape), `output ${output.name}`),
    };
  } catch (cause) {
    if (cause instanceof InvalidInput)
      throw new UpstreamFailed(`the endpoint answered oddly: ${cause.message}`, { cause });
    throw cause;
  }
};

/**
 * `predictions` as the declared outputs: one prediction a row, a value (or list) for a single output, an object for several.
 * @throws UpstreamFailed when they do not fit the signature.
 */
export const fromPredictions = (answer: unknown, signature: Pick<Signature, 'outputs'>, rows: number): Tensors => {
  const predictions = (answer as { predictions?: unknown } | null)?.predictions;
  if (!Array.isArray(predictions)) throw new UpstreamFailed('the endpoint answered without a list of predictions');
  if (predictions.length !== rows) {
    throw new UpstreamFailed(`the endpoint gave ${predictions.length} predictions for ${rows} rows`);
  }
  const isOnly = signature.outputs.length === 1;
  return Object.fromEntries(
    signature.outputs.map((output) => [output.name, toTensor(columnOf(predictions, output, isOnly), output)]),
  );
};
