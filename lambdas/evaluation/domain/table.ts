/** How the cells of a column are read. */
export type ColumnKind = 'number' | 'boolean' | 'text';

/** Missing numbers are NaN, missing texts null; booleans are 0 and 1. */
export type TableColumn =
  | { readonly kind: 'number'; readonly values: Float64Array }
  | { readonly kind: 'text'; readonly values: readonly (string | null)[] };

/** Evaluation data by column. */
export interface Table {
  /** Its file, as people know it. */
  readonly file: string;
  readonly rows: number;
  readonly header: readonly string[];
  /** The columns that were asked for. */
  readonly columns: ReadonlyMap<string, TableColumn>;
}

/** Names a cell to people: rows count from 1, after the header. */
export const cellName = (file: string, column: string, row: number): string =>
  `${file}, row ${row + 1}, column '${column}'`;

/** A cell as text; null where it is missing. A column that is an input, too, may have been read as numbers. */
export const textAt = (column: TableColumn, row: number): string | null => {
  if (column.kind === 'text') return column.values[row] ?? null;
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? null : String(value);
};
