import type { Column, Datatype } from '../../registry/contract';
import { isFloat } from './tensor';

/** One value of a named column; null and NaN are missing. Whole numbers beyond 2⁵³ are bigint. */
export type Cell = number | bigint | string | boolean | null;

/** A column's values, row by row; undefined is missing, too. */
export type Cells = ArrayLike<Cell | undefined>;

/** What the cells of a column are before they are encoded. */
export type CellKind = 'text' | 'boolean' | 'integer' | 'long' | 'number';

const isNumeric = (level: string): boolean => level.trim() !== '' && Number.isFinite(Number(level));
const isBoolean = (level: string): boolean => level === 'true' || level === 'false';

export const isOneHot = (column: Column): boolean => column.encode === 'one-hot';

/** Whether the graph takes the position of a column's level, and not the cell itself. */
export const isByLevel = (column: Column): boolean =>
  column.levels !== undefined && (column.encode === 'ordinal' || isOneHot(column));

/** A column that lists words as its levels holds text, though nobody said `type: string`. */
export const cellKindOf = (column: Column): CellKind => {
  const { type, levels = [] } = column;
  if (type === 'string') return 'text';
  if (isByLevel(column) && !levels.every(type === 'boolean' ? isBoolean : isNumeric)) return 'text';
  return type === 'float' || type === 'double' ? 'number' : type;
};

/** @param cell undefined where a row has no such cell */
export const isMissing = (cell: Cell | undefined): cell is null | undefined =>
  cell === null || cell === undefined || (typeof cell === 'number' && Number.isNaN(cell));

/** Whether a row may lack the column: something stands for its missing values. */
export const isOptional = ({ missing }: Column): boolean => missing !== undefined;

/** Whether a cell may be missing, whatever its tensor: something stands for it, or no level is set. */
export const hasSubstitute = (column: Column): boolean => isOptional(column) || isOneHot(column);

/** Type of a column that nobody declared, by the tensor that it fills. */
export const columnTypeOf = (datatype: Datatype): Column['type'] => {
  if (datatype === 'BYTES') return 'string';
  if (datatype === 'BOOL') return 'boolean';
  // A long is signed: half of UINT64 is beyond it.
  return isFloat(datatype) || datatype === 'UINT64' ? 'double' : 'long';
};
