import { InvalidInput, UpstreamFailed } from '../../kernel/errors';
import type { Column, Signature, Tensor } from '../../registry/contract';
import { columnTypeOf } from './cell-kind';
import { type InputLayout, layColumns } from './encode-columns';
import { type GivenTable, shownNames } from './given-table';
import { showShape } from './tensor';

/** The inputs of a model as columns. */
export interface TabularView {
  readonly columns: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
  readonly layout: InputLayout;
}

/** @throws InvalidInput when columns and graph do not fit each other. */
const viewOf = (inputs: Signature['inputs'], columns: readonly Column[]): TabularView => ({
  columns,
  byName: new Map(columns.map((column) => [column.name, column])),
  layout: layColumns(inputs, columns),
});

const declaredView = ({ inputs, columns }: Signature): TabularView => {
  try {
    return viewOf(inputs, columns);
  } catch (cause) {
    throw new UpstreamFailed(`the model cannot be asked by columns: ${(cause as Error).message}`, { cause });
  }
};

const isColumn = ({ shape }: Tensor): boolean => shape.length <= 2 && Math.abs(shape[1] ?? 1) === 1;

/** One column a tensor, of its name. */
const viewByTensor = ({ inputs }: Signature): TabularView | undefined => {
  if (inputs.length < 2 || !inputs.every(isColumn)) return undefined;
  const columns = inputs.map(({ name, datatype }) => ({ name, type: columnTypeOf(datatype), tensor: name }));
  return viewOf(inputs, columns);
};

const fixedViews = new WeakMap<Signature, TabularView | 'by-position'>();

/** What is decided once a version, not once a request. @throws UpstreamFailed when columns and graph do not fit. */
export const fixedViewOf = (signature: Signature): TabularView | 'by-position' => {
  const known = fixedViews.get(signature);
  if (known !== undefined) return known;
  const made = signature.columns.length > 0 ? declaredView(signature) : (viewByTensor(signature) ?? 'by-position');
  fixedViews.set(signature, made);
  return made;
};

/** Columns of a matrix that nobody named go by the names they are given, or count from 0. */
const viewByPosition = ({ inputs }: Signature, { names, width }: GivenTable): TabularView => {
  const [only, ...others] = inputs;
  if (only === undefined || others.length > 0 || only.shape.length < 1 || only.shape.length > 2) {
    const shapes = inputs.map(({ name, shape }) => `${name} ${showShape(shape)}`).join(', ');
    throw new InvalidInput(`the model takes no table (its inputs are ${shapes}); send "inputs" with a tensor by name`);
  }
  const expected = only.shape[1] ?? 1;
  if (expected >= 0 && expected !== width) {
    const given = names === undefined ? `${width}` : `${width} (${shownNames(names)})`;
    throw new InvalidInput(`input ${only.name} takes ${expected} columns, given ${given}`);
  }
  const type = columnTypeOf(only.datatype);
  const columns = (names ?? Array.from({ length: width }, (_, at) => String(at))).map((name) => ({ name, type }));
  return viewOf(inputs, columns);
};

/**
 * How a table fills the inputs: by the declared columns, else one column a tensor, else by position.
 * @throws InvalidInput when there is no way.
 */
export const tabularViewFor = (signature: Signature, table: GivenTable): TabularView => {
  const fixed = fixedViewOf(signature);
  return fixed === 'by-position' ? viewByPosition(signature, table) : fixed;
};
