import { InvalidInput } from '../../kernel/errors';
import type { Signature, Tensor } from '../../registry/contract';
import { describe, isRecord, listOf, someRows } from './given-table';
import { parseElements } from './parse-elements';
import { checkElements, elementsOf, fitsShape, nestingOf, showShape, type Tensors, type TensorValue } from './tensor';

/** The same elements under the declared rank: [N] and [N, 1] hold the same. */
const reshaped = (declared: readonly number[], nesting: readonly number[]): readonly number[] | undefined => {
  const widened = [...nesting, 1];
  const candidates = [nesting, widened, ...(nesting.at(-1) === 1 ? [nesting.slice(0, -1)] : [])];
  return nesting.length === 0 ? undefined : candidates.find((shape) => fitsShape(declared, shape));
};

const tensorOf = (declared: Tensor, value: unknown): TensorValue => {
  const { name, datatype } = declared;
  const where = `input ${name}`;
  const data = listOf(value, where);
  const nesting = nestingOf(data);
  if (nesting.includes(0)) throw new InvalidInput(`${where}: shape ${showShape(nesting)} holds no rows`);
  const shape = reshaped(declared.shape, nesting);
  if (shape === undefined) {
    throw new InvalidInput(
      `${where}: expected shape ${showShape(declared.shape)} (−1 is any size), given ${showShape(nesting)}`,
    );
  }
  const length = elementsOf(nesting);
  checkElements(name, length);
  return { datatype, shape, data: parseElements(data, datatype, nesting, length, where) };
};

const describeInputs = (inputs: readonly Tensor[]): string =>
  inputs.map(({ name, datatype, shape }) => `${name} (${datatype} ${showShape(shape)})`).join(', ');

const checkNames = (given: object, inputs: readonly Tensor[], where: string): void => {
  const extra = Object.keys(given).find((name) => !inputs.some((input) => input.name === name));
  if (extra !== undefined) {
    throw new InvalidInput(
      `${where}: input ${extra.slice(0, 80)} is not one of the model's: expected ${describeInputs(inputs)}`,
    );
  }
  const missing = inputs.find(({ name }) => !Object.hasOwn(given, name));
  if (missing !== undefined) throw new InvalidInput(`${where}: input ${describeInputs([missing])} is missing`);
};

const tensorsOf = (inputs: readonly Tensor[], given: (name: string) => unknown): Tensors =>
  Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input, given(input.name))]));

const theOnly = (inputs: readonly Tensor[], where: string): string => {
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0) return only.name;
  throw new InvalidInput(`${where}: the model has several inputs; name them: ${describeInputs(inputs)}`);
};

/** `inputs`: an object of tensors by name, or the only tensor. @throws InvalidInput, TooLarge */
export const tensorsOfInputs = (value: unknown, { inputs }: Signature): Tensors => {
  if (isRecord(value)) {
    checkNames(value, inputs, 'inputs');
    return tensorsOf(inputs, (name) => value[name]);
  }
  const only = theOnly(inputs, 'inputs');
  const data = listOf(value, 'inputs');
  return tensorsOf(inputs, (name) => (name === only ? data : undefined));
};

/** `instances`: a list of rows, each an object of the inputs by name, or the row of the only one. @throws InvalidInput, TooLarge */
export const tensorsOfInstances = (value: unknown, { inputs }: Signature): Tensors => {
  const data = listOf(value, 'instances');
  someRows(data, 'instances');
  if (!isRecord(data[0])) {
    const only = theOnly(inputs, 'instances');
    return tensorsOf(inputs, (name) => (name === only ? data : undefined));
  }
  const rows = data.map((row, index) => {
    const where = `instances, row ${index}`;
    if (!isRecord(row)) throw new InvalidInput(`${where}: expected an object of inputs, given ${describe(row)}`);
    checkNames(row, inputs, where);
    return row;
  });
  return tensorsOf(inputs, (name) => rows.map((row) => row[name]));
};
