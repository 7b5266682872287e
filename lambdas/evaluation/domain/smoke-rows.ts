import type { Column, Signature } from '../../registry/contract';
import { type Cell, type Cells, cellKindOf, isByLevel } from '../../scoring/domain/cell-kind';
import { allocate, elementsOf, shapeForRows, type Tensors } from '../../scoring/domain/tensor';

/** A value that the column's own declaration admits. */
const plausible = (column: Column): Cell => {
  const { levels, min, max, type } = column;
  const kind = cellKindOf(column);
  if (kind === 'text') return levels?.[0] ?? '';
  if (kind === 'boolean') return false;
  if (isByLevel(column)) return Number(levels?.[0]);
  const middle = min !== undefined && max !== undefined ? (min + max) / 2 : (min ?? max ?? 0);
  return type === 'integer' || type === 'long' ? Math.round(middle) : middle;
};

/** Made-up cells for a smoke run: the same plausible row again and again. */
export const smokeCells =
  (columns: readonly Column[], rows: number) =>
  (name: string): Cells => {
    const column = columns.find((candidate) => candidate.name === name);
    return new Array<Cell>(rows).fill(column === undefined ? null : plausible(column));
  };

/** Zeros of the graph's own shapes, for a model without named columns. Open dimensions other than the rows become 1. */
export const smokeTensors = (inputs: Signature['inputs'], rows: number): Tensors =>
  Object.fromEntries(
    inputs.map(({ name, datatype, shape }) => {
      const sizes = shapeForRows(shape, rows);
      return [name, { datatype, shape: sizes, data: allocate(datatype, elementsOf(sizes)) }];
    }),
  );
