import type { Cells } from '../../scoring/domain/cell-kind';

/** Missing numbers are NaN, missing texts null; booleans are 0 and 1. */
export type TableColumn =
  | {
      readonly kind: 'number';
      readonly values: Float64Array;
      /** Whole numbers that a double cannot carry, by row. */
      readonly exact?: ReadonlyMap<number, bigint>;
    }
  | { readonly kind: 'text'; readonly values: readonly (string | null)[] };

/** Rows of the evaluation data, by column. */
export interface Table {
  /** Its file, as people know it. */
  readonly file: string;
  /** Rows before these, of those that are read. */
  readonly first: number;
  /** Where the rows lie in the file, from 0; absent where all are read. */
  readonly at?: Int32Array;
  readonly rows: number;
  readonly header: readonly string[];
  /** The columns that were asked for. */
  readonly columns: ReadonlyMap<string, TableColumn>;
}

const pickColumn = (column: TableColumn, rows: Int32Array): TableColumn => {
  if (column.kind === 'text') return { kind: 'text', values: Array.from(rows, (row) => column.values[row] ?? null) };
  const values = Float64Array.from(rows, (row) => column.values[row] ?? Number.NaN);
  if (column.exact === undefined) return { kind: 'number', values };
  const exact = new Map<number, bigint>();
  rows.forEach((row, at) => {
    const whole = column.exact?.get(row);
    if (whole !== undefined) exact.set(at, whole);
  });
  return { kind: 'number', values, exact };
};

/** The rows named, in that order. @param first rows before these, where they are consecutive. */
export const pickTable = ({ at, ...table }: Table, rows: Int32Array, first: number): Table => {
  const columns = new Map([...table.columns].map(([name, column]) => [name, pickColumn(column, rows)]));
  const picked = { ...table, first, rows: rows.length, columns };
  return at === undefined ? picked : { ...picked, at: rows.map((row) => at[row] ?? 0) };
};

export const withoutColumns = (table: Table, names: readonly string[]): Table => {
  if (names.length === 0) return table;
  const columns = new Map([...table.columns].filter(([name]) => !names.includes(name)));
  return { ...table, columns };
};

/** Position in the file of a row of the table, from 0. */
export const placeOf = ({ at, first }: Table, row: number): number => at?.[row] ?? first + row;

/** Names a cell to people: rows count from 1, after the header. */
export const cellName = (file: string, column: string, row: number): string =>
  `${file}, row ${row + 1}, column '${column}'`;

/** A cell as text; null where it is missing. A column that is an input, too, may have been read as numbers. */
export const textAt = (column: TableColumn, row: number): string | null => {
  if (column.kind === 'text') return column.values[row] ?? null;
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? null : String(value);
};

/** A column's cells as scoring takes them. */
export const cellsIn = (column: TableColumn, isBoolean: boolean): Cells => {
  if (column.kind === 'text') return column.values;
  const { values, exact } = column;
  if (isBoolean) return Array.from(values, (value) => (Number.isNaN(value) ? null : value !== 0));
  return exact === undefined ? values : Array.from(values, (value, row) => exact.get(row) ?? value);
};
