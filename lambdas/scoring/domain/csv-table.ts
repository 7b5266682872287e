import { CsvError, parse } from 'csv-parse/sync';
import { InvalidInput } from '../../kernel/errors';
import type { CellKind } from './cell-kind';
import { csvHeader, MAX_CSV_ROW_LENGTH } from './csv-header';
import { type GivenTable, someRows } from './given-table';
import { type Body, textOf } from './parse-json';
import { cellOfText, EXPECTED_TEXT } from './text-cell';

const FILE = 'the CSV';

const parsed = (text: string, atMost: number | undefined): readonly string[][] => {
  const to = atMost === undefined ? {} : { to: atMost };
  try {
    return parse(text, { bom: true, skip_empty_lines: true, max_record_size: MAX_CSV_ROW_LENGTH, ...to });
  } catch (cause) {
    if (cause instanceof CsvError) throw new InvalidInput(`${FILE} cannot be read: ${cause.message}`, { cause });
    throw cause;
  }
};

/** A first line of numbers is a row of somebody who forgot the header, unless it counts the columns, as pandas does. */
const checkHeader = (header: readonly string[]): void => {
  const isRow = header.every((name) => typeof cellOfText(name, 'number') === 'number');
  const isCount = header.every((name, at) => name === String(at));
  if (!isRow || isCount) return;
  throw new InvalidInput(
    `the first line of ${FILE} is its header, given ${header.slice(0, 5).join(',').slice(0, 80)}; name the columns there, or send text/csv; header=absent`,
  );
};

/**
 * CSV (RFC 4180, UTF-8, commas); cells are read by the kind of their column, as evaluation reads them.
 * @param maxRows what follows these is not read.
 * @throws InvalidInput
 */
export const tableOfCsv = (body: Body, hasHeader: boolean, maxRows?: number): GivenTable => {
  const records = parsed(textOf(body), maxRows === undefined ? undefined : maxRows + (hasHeader ? 1 : 0));
  const [first = []] = records;
  const names = hasHeader ? csvHeader(first, FILE) : undefined;
  if (names !== undefined) checkHeader(names);
  const data = hasHeader ? records.slice(1) : records;
  const rows = someRows(data, FILE);
  const cells = (at: number, as: string, kind: CellKind) =>
    data.map((record, row) => {
      const text = record[at] ?? '';
      const cell = cellOfText(text, kind);
      if (cell !== undefined) return cell;
      const given = JSON.stringify(text.trim().slice(0, 40));
      throw new InvalidInput(`column '${as}', row ${row}: expected ${EXPECTED_TEXT[kind]}, given ${given}`);
    });
  return { rows, names, width: first.length, cells };
};
