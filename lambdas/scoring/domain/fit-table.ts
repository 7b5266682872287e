import { InvalidInput } from '../../kernel/errors';
import type { Column, Signature } from '../../registry/contract';
import { type Cell, type Cells, cellKindOf, isOptional } from './cell-kind';
import { encodeColumns } from './encode-columns';
import { type GivenTable, shownNames } from './given-table';
import { type TabularView, tabularViewFor } from './tabular-view';
import type { Tensors } from './tensor';

const namesOf = (columns: readonly Column[]): string => shownNames(columns.map(({ name }) => name));

/** Where each column of the model is found in the table; absent for one that is left out. */
const positionsIn = ({ columns, byName }: TabularView, { names, width }: GivenTable): ReadonlyMap<string, number> => {
  if (names === undefined) {
    if (width === columns.length) return new Map(columns.map(({ name }, at) => [name, at]));
    throw new InvalidInput(
      `expected ${columns.length} values a row, in the order of ${namesOf(columns)}; given ${width}`,
    );
  }
  const positions = new Map(names.map((name, at) => [name, at]));
  const missing = columns.find((column) => !positions.has(column.name) && !isOptional(column));
  if (missing !== undefined) {
    throw new InvalidInput(
      `column '${missing.name}' (${missing.type}) is missing; expected ${namesOf(columns)}; given ${shownNames(names)}`,
    );
  }
  const extra = names.find((name) => !byName.has(name));
  if (extra === undefined) return positions;
  throw new InvalidInput(`column '${extra.slice(0, 80)}' is not one of the model's; expected ${namesOf(columns)}`);
};

const checkComplete = (cells: readonly (Cell | undefined)[], column: Column): void => {
  if (isOptional(column)) return;
  const row = cells.indexOf(undefined);
  if (row >= 0) throw new InvalidInput(`column '${column.name}', row ${row} is missing; expected ${column.type}`);
};

const NO_CELLS: Cells = [];

const checkRows = ({ inputs }: Signature, rows: number): void => {
  const fixed = inputs.find(({ shape }) => shape[0] !== undefined && shape[0] >= 0 && shape[0] !== rows);
  if (fixed === undefined) return;
  throw new InvalidInput(`input ${fixed.name} takes exactly ${fixed.shape[0]} rows, given ${rows}`);
};

/**
 * A table as the model's inputs.
 * @throws InvalidInput naming the column, and the row where there is one.
 * @throws TooLarge
 */
export const fitTable = (table: GivenTable, signature: Signature): Tensors => {
  const view = tabularViewFor(signature, table);
  const positions = positionsIn(view, table);
  checkRows(signature, table.rows);
  const cellsOf = (name: string): Cells => {
    const column = view.byName.get(name);
    const at = positions.get(name);
    if (column === undefined || at === undefined) return NO_CELLS;
    const cells = table.cells(at, name, cellKindOf(column));
    checkComplete(cells, column);
    return cells;
  };
  return encodeColumns(view.layout, cellsOf, table.rows);
};
