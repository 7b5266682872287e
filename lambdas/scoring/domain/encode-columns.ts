import { InvalidInput } from '../../kernel/errors';
import type { Column, Datatype, Signature, Tensor } from '../../registry/contract';
import { fromHalf, toHalf } from './half-precision';
import { allocate, elementsOf, isLong, showShape, type TensorData, type Tensors, type TensorValue } from './tensor';

/** One value of a named column; null and NaN are missing. */
export type Cell = number | string | boolean | null;

/** A column's values, row by row. */
export type Cells = ArrayLike<Cell>;

/** Where a column's values lie within the graph's inputs. */
export interface ColumnPlace {
  readonly column: Column;
  readonly tensor: string;
  /** Position of its first element within a row of the tensor. */
  readonly offset: number;
  /** Elements a row: one, or one a level where it is one-hot. */
  readonly width: number;
}

interface LaidTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** As declared; −1 is variable. */
  readonly shape: readonly number[];
  /** Elements a row. */
  readonly width: number;
}

/** How the tabular view fills the graph's inputs. */
export interface InputLayout {
  readonly tensors: readonly LaidTensor[];
  readonly places: readonly ColumnPlace[];
}

const isOneHot = (column: Column): boolean => column.encode === 'one-hot';

const widthOf = (column: Column): number => (isOneHot(column) ? (column.levels?.length ?? 1) : 1);

const layTensor = (declared: Tensor, places: readonly ColumnPlace[]): LaidTensor => {
  const { name, datatype, shape } = declared;
  const own = places.filter((place) => place.tensor === name);
  const width = own.reduce((sum, place) => sum + place.width, 0);
  const inner = shape.slice(1);
  const expected = inner.includes(-1) ? width : elementsOf(inner);
  if (own.length > 0 && width === expected) return { name, datatype, shape, width };
  const columns = own.map((place) => place.column.name).join(', ') || 'none';
  throw new InvalidInput(
    `input ${name} has shape ${showShape(shape)}, that is ${expected} values a row, but ${width} columns fill it (${columns}); ` +
      'list the columns in order as inputs in contender.yaml',
  );
};

/**
 * Decides where each column goes: into the tensor it names, into the only one there is, or into that of its own name.
 * @throws InvalidInput when columns and graph do not fit each other.
 */
export const layColumns = (inputs: Signature['inputs'], columns: readonly Column[]): InputLayout => {
  const only = inputs.length === 1 ? inputs[0]?.name : undefined;
  const filled = new Map<string, number>();
  const places = columns.map((column): ColumnPlace => {
    const tensor = column.tensor ?? only ?? column.name;
    if (!inputs.some(({ name }) => name === tensor)) {
      const known = inputs.map(({ name }) => name).join(', ');
      throw new InvalidInput(`column ${column.name} belongs to no input of the graph (${known}); set its tensor`);
    }
    const offset = filled.get(tensor) ?? 0;
    const width = widthOf(column);
    filled.set(tensor, offset + width);
    return { column, tensor, offset, width };
  });
  return { tensors: inputs.map((input) => layTensor(input, places)), places };
};

/** What a cell should have been. */
class Unfit {
  constructor(readonly expected: string) {}
}

const isMissing = (cell: Cell | undefined): cell is null | undefined =>
  cell === null || cell === undefined || (typeof cell === 'number' && Number.isNaN(cell));

const numberOf = (cell: Exclude<Cell, null>): number | Unfit => {
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'number' ? cell : new Unfit('a number');
};

/** Position of the cell's level; undefined for one that is unseen and counts as missing. */
const levelOf = (column: Column, cell: Exclude<Cell, null>): number | undefined | Unfit => {
  const index = column.levels?.indexOf(String(cell)) ?? -1;
  if (index >= 0) return index;
  if (column.unseen === 'missing') return undefined;
  return new Unfit(`one of its levels ${column.levels?.join(', ')}`);
};

const NO_NUMBER = new Unfit('a number, or levels and encode: ordinal in contender.yaml');

type Put = (target: TensorData, at: number, value: number | string) => Unfit | undefined;

const putHalf: Put = (target, at, value) => {
  if (typeof value === 'string') return NO_NUMBER;
  target[at] = toHalf(value);
  const kept = Number.isFinite(fromHalf(target[at] as number)) || !Number.isFinite(value);
  return kept ? undefined : new Unfit("a value within FP16's range");
};

const putNumber = (datatype: Datatype): Put => {
  if (datatype === 'FP16') return putHalf;
  const isFraction = datatype === 'FP32' || datatype === 'FP64';
  const isBig = isLong(datatype);
  return (target, at, value) => {
    if (typeof value === 'string') return NO_NUMBER;
    if (!isFraction && !Number.isSafeInteger(value)) return new Unfit(`a whole number (${datatype})`);
    target[at] = isBig ? BigInt(value) : value;
    // Typed arrays wrap around and overflow silently.
    const kept =
      Number(target[at]) === value || (isFraction && (Number.isFinite(target[at]) || !Number.isFinite(value)));
    return kept || Number.isNaN(value) ? undefined : new Unfit(`a value within ${datatype}'s range`);
  };
};

const putText: Put = (target, at, value) => {
  target[at] = String(value);
  return undefined;
};

const missingHint = 'a value; fill it, or say what stands for it (missing: nan, or a value) in contender.yaml';

/** Writes one row of a column; tells what is wrong, if anything is. */
type WriteCell = (target: TensorData, at: number, cell: Cell | undefined) => Unfit | undefined;

const substituteOf = (column: Column): Exclude<Cell, null> | undefined =>
  column.missing === 'nan' ? Number.NaN : column.missing;

const writePlain =
  (column: Column, put: Put): WriteCell =>
  (target, at, cell) => {
    const value = isMissing(cell) ? substituteOf(column) : cell;
    if (value === undefined) return new Unfit(missingHint);
    if (typeof value === 'string' || column.type === 'string') return put(target, at, String(value));
    const number = numberOf(value);
    return number instanceof Unfit ? number : put(target, at, number);
  };

const writeLevel = (column: Column, put: Put): WriteCell => {
  const oneHot = isOneHot(column);
  const putLevel = (target: TensorData, at: number, level: number): Unfit | undefined =>
    oneHot ? put(target, at + level, 1) : put(target, at, level);
  const putMissing = (target: TensorData, at: number): Unfit | undefined => {
    const substitute = substituteOf(column);
    // A one-hot row of zeros is the absence of every level.
    if (substitute === undefined) return oneHot ? undefined : new Unfit(missingHint);
    const level = column.levels?.indexOf(String(substitute)) ?? -1;
    if (level >= 0) return putLevel(target, at, level);
    if (typeof substitute !== 'number') return new Unfit(`missing: to be one of its levels, not ${substitute}`);
    return oneHot ? undefined : put(target, at, substitute);
  };
  return (target, at, cell) => {
    const level = isMissing(cell) ? undefined : levelOf(column, cell);
    if (level instanceof Unfit) return level;
    return level === undefined ? putMissing(target, at) : putLevel(target, at, level);
  };
};

const writerOf = (column: Column, datatype: Datatype): WriteCell => {
  const put = datatype === 'BYTES' ? putText : putNumber(datatype);
  const text = column.type === 'string' && datatype !== 'BYTES' && column.encode !== 'none';
  const byLevel = column.levels !== undefined && (column.encode === 'ordinal' || isOneHot(column) || text);
  return byLevel ? writeLevel(column, put) : writePlain(column, put);
};

/** `column 'age', row 3`, counting from 0 as tensors do. */
const defaultWhere = (column: string, row: number): string => `column '${column}', row ${row}`;

const fillColumn = (
  target: TensorData,
  { column, offset }: ColumnPlace,
  datatype: Datatype,
  cells: Cells,
  rows: number,
  where: (column: string, row: number) => string,
): void => {
  const write = writerOf(column, datatype);
  const width = target.length / rows;
  for (let row = 0; row < rows; row++) {
    const fault = write(target, row * width + offset, cells[row]);
    if (fault === undefined) continue;
    const given = isMissing(cells[row]) ? 'nothing' : JSON.stringify(cells[row]).slice(0, 40);
    throw new InvalidInput(`${where(column.name, row)}: expected ${fault.expected}, given ${given}`);
  }
};

/**
 * Named columns as the graph's input tensors, in row-major order.
 * @param where names a cell in messages.
 * @throws InvalidInput naming the cell, what was expected and what was given.
 */
export const encodeColumns = (
  layout: InputLayout,
  cellsOf: (column: string) => Cells,
  rows: number,
  where: (column: string, row: number) => string = defaultWhere,
): Tensors => {
  const tensors: Record<string, TensorValue> = {};
  for (const { name, datatype, shape, width } of layout.tensors) {
    const data = allocate(datatype, rows * width);
    for (const place of layout.places.filter(({ tensor }) => tensor === name)) {
      fillColumn(data, place, datatype, cellsOf(place.column.name), rows, where);
    }
    const inner = shape.slice(1).map((size) => (size < 0 ? width : size));
    tensors[name] = { datatype, shape: [rows, ...inner], data };
  }
  return tensors;
};
