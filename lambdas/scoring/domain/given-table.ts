import { InvalidInput } from '../../kernel/errors';
import type { Cell, CellKind } from './cell-kind';

/** Rows of named or positional cells, as a request gives them; what they should be, the model says. */
export interface GivenTable {
  readonly rows: number;
  /** Undefined where columns go by their position. */
  readonly names: readonly string[] | undefined;
  /** Cells of each row. */
  readonly width: number;
  /** A column's cells. `undefined` stands where a row lacks the cell. @throws InvalidInput naming the column `as` */
  readonly cells: (at: number, as: string, kind: CellKind) => readonly (Cell | undefined)[];
}

type JsonObject = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown, where: string): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw new InvalidInput(`${where}: expected a list, given ${describe(value)}`);
};

/** What a value is, to people. */
export const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  // JSON has neither bigint nor the infinity that 1e999 is read as.
  const isNumber = typeof value === 'bigint' || typeof value === 'number';
  return (isNumber ? String(value) : JSON.stringify(value)).slice(0, 40);
};

export const someRows = (rows: readonly unknown[], where: string): number => {
  if (rows.length > 0) return rows.length;
  throw new InvalidInput(`${where} holds no rows; send at least one`);
};

const cellOf = (value: unknown, column: string, row: number): Cell | undefined => {
  if (typeof value !== 'object' || value === null) return value as Cell | undefined;
  throw new InvalidInput(`column '${column}', row ${row}: expected a single value, given ${describe(value)}`);
};

const distinct = (names: readonly string[], where: string): readonly string[] => {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new InvalidInput(`${where} names column '${name}' twice`);
    seen.add(name);
  }
  return names;
};

/** Lists of cells, one a row. */
const tableOfRows = (
  data: readonly unknown[],
  names: readonly string[] | undefined,
  width: number,
  where: string,
): GivenTable => {
  const rows = someRows(data, where);
  data.forEach((row, index) => {
    if (!Array.isArray(row)) {
      throw new InvalidInput(`${where}, row ${index}: expected a list of ${width} values, given ${describe(row)}`);
    }
    if (row.length === width) return;
    const order = names === undefined ? '' : `, in the order of ${shownNames(names)}`;
    throw new InvalidInput(`${where}, row ${index}: expected ${width} values${order}, given ${row.length}`);
  });
  const cells: GivenTable['cells'] = (at, as) =>
    data.map((row, index) => cellOf((row as readonly unknown[])[at], as, index));
  return { rows, names, width, cells };
};

/** Long lists are cut: a message is no table. */
const MAX_NAMES = 40;

export const shownNames = (names: readonly string[]): string =>
  names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES).join(', ')}, … (${names.length} in all)` : names.join(', ');

const columnNames = (value: unknown): readonly string[] =>
  listOf(value, 'dataframe_split.columns').map((name, at) => {
    // pandas numbers columns that nobody named.
    if (typeof name === 'string' || typeof name === 'number') return String(name);
    throw new InvalidInput(`dataframe_split.columns: expected a name at position ${at}, given ${describe(name)}`);
  });

/** `dataframe_split`: {columns?, index?, data}. */
export const tableOfSplit = (value: unknown): GivenTable => {
  if (!isRecord(value)) {
    throw new InvalidInput(`dataframe_split: expected {"columns": …, "data": …}, given ${describe(value)}`);
  }
  const data = listOf(value.data, 'dataframe_split.data');
  const { columns } = value;
  const names =
    columns === undefined || columns === null ? undefined : distinct(columnNames(columns), 'dataframe_split.columns');
  const [first] = data;
  const width = names?.length ?? (Array.isArray(first) ? first.length : 0);
  return tableOfRows(data, names, width, 'dataframe_split.data');
};

/** Lists without names; flat where a row is a single value. */
export const tableOfLists = (data: readonly unknown[], where: string): GivenTable => {
  const [first] = data;
  if (Array.isArray(first)) return tableOfRows(data, undefined, first.length, where);
  const rows = someRows(data, where);
  return { rows, names: undefined, width: 1, cells: (_, as) => data.map((cell, row) => cellOf(cell, as, row)) };
};

/** One object a row. */
export const tableOfRecords = (data: readonly unknown[], where: string): GivenTable => {
  const rows = someRows(data, where);
  const known = new Set<string>();
  data.forEach((row, index) => {
    if (!isRecord(row)) {
      throw new InvalidInput(`${where}, row ${index}: expected an object of columns, given ${describe(row)}`);
    }
    for (const name of Object.keys(row)) known.add(name);
  });
  const names = [...known];
  const cells: GivenTable['cells'] = (at, as) => {
    const name = names[at] ?? '';
    return data.map((row, index) => {
      const record = row as JsonObject;
      return Object.hasOwn(record, name) ? cellOf(record[name], as, index) : undefined;
    });
  };
  return { rows, names, width: names.length, cells };
};

/** One list a column, by name. */
export const tableOfColumns = (columns: JsonObject, where: string): GivenTable => {
  const names = Object.keys(columns);
  const lists = names.map((name) => listOf(columns[name], `${where}, column '${name}'`));
  const [first] = lists;
  if (first === undefined) throw new InvalidInput(`${where} holds no columns`);
  const rows = someRows(first, `${where}, column '${names[0]}'`);
  const odd = lists.findIndex((list) => list.length !== rows);
  if (odd >= 0) {
    const lengths = `'${names[0]}' has ${rows}, '${names[odd]}' has ${lists[odd]?.length}`;
    throw new InvalidInput(`${where}: columns differ in length: ${lengths}`);
  }
  const cells: GivenTable['cells'] = (at, as) => (lists[at] ?? []).map((cell, row) => cellOf(cell, as, row));
  return { rows, names, width: names.length, cells };
};
