import { InvalidInput } from '../../kernel/errors';
import { type Column, columnWidth, type Datatype, type Signature, type Tensor } from '../../registry/contract';
import { type Cell, type Cells, isMissing } from './cell-kind';
import {
  allocate,
  checkElements,
  elementsOf,
  showShape,
  type TensorData,
  type Tensors,
  type TensorValue,
} from './tensor';
import { cellWriter, type WriteCell } from './write-cell';

/** Where a column's values lie within the graph's inputs. */
export interface ColumnPlace {
  readonly column: Column;
  readonly tensor: string;
  /** Position of its first element within a row of the tensor. */
  readonly offset: number;
  /** Elements a row: one, or one a level where it is one-hot. */
  readonly width: number;
  readonly write: WriteCell;
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
    const declared = inputs.find(({ name }) => name === tensor);
    if (declared === undefined) {
      const known = inputs.map(({ name }) => name).join(', ');
      throw new InvalidInput(`column ${column.name} belongs to no input of the graph (${known}); set its tensor`);
    }
    const offset = filled.get(tensor) ?? 0;
    const width = columnWidth(column);
    filled.set(tensor, offset + width);
    return { column, tensor, offset, width, write: cellWriter(column, declared.datatype) };
  });
  return { tensors: inputs.map((input) => layTensor(input, places)), places };
};

/** `column 'age', row 3`, counting from 0 as tensors do. */
const defaultWhere = (column: string, row: number): string => `column '${column}', row ${row}`;

const shown = (cell: Cell | undefined): string => {
  if (isMissing(cell)) return 'nothing';
  return typeof cell === 'string' ? JSON.stringify(cell).slice(0, 40) : String(cell).slice(0, 40);
};

const fillColumn = (
  target: TensorData,
  { column, offset, write }: ColumnPlace,
  cells: Cells,
  rows: number,
  where: (column: string, row: number) => string,
): void => {
  const width = target.length / rows;
  for (let row = 0; row < rows; row++) {
    const fault = write(target, row * width + offset, cells[row]);
    if (fault === undefined) continue;
    throw new InvalidInput(`${where(column.name, row)}: expected ${fault.expected}, given ${shown(cells[row])}`);
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
    checkElements(name, rows * width);
    const data = allocate(datatype, rows * width);
    for (const place of layout.places.filter(({ tensor }) => tensor === name)) {
      fillColumn(data, place, cellsOf(place.column.name), rows, where);
    }
    const inner = shape.slice(1).map((size) => (size < 0 ? width : size));
    tensors[name] = { datatype, shape: [rows, ...inner], data };
  }
  return tensors;
};
