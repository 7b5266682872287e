import type { Background } from '../contract';
import type { Sampled } from './row-sample';
import { placeOf, type TableColumn } from './table';

/** Whole numbers beyond a double's are told exactly, as texts; what is missing is null. */
const valuesOf = (column: TableColumn): (number | string | null)[] => {
  if (column.kind === 'text') return [...column.values];
  return Array.from(
    column.values,
    (value, row) => column.exact?.get(row)?.toString() ?? (Number.isFinite(value) ? value : null),
  );
};

/**
 * Rows in the order of the file, with the input columns alone; undefined where that takes more bytes than given.
 * @param columns names of the input columns, in order.
 */
export const backgroundOf = (
  { rows, table }: Sampled,
  columns: readonly string[],
  maxBytes: number,
): Background | undefined => {
  const order = Array.from(rows.keys()).sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0));
  const background = {
    rows: order.map((at) => placeOf(table, at)),
    columns: columns.flatMap((name) => {
      const column = table.columns.get(name);
      if (column === undefined) return [];
      const values = valuesOf(column);
      return [{ name, values: order.map((at) => values[at] ?? null) }];
    }),
  };
  return Buffer.byteLength(JSON.stringify(background)) > maxBytes ? undefined : background;
};
