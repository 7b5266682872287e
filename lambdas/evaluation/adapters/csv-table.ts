import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { csvHeader, MAX_CSV_ROW_LENGTH } from '../../scoring/domain/csv-header';
import { CandidateRejected } from '../domain/candidate-rejected';
import { type ColumnBuilder, columnBuilder } from '../domain/column-builder';
import type { TableOptions, TableReader } from '../ports';

/** Columns under construction; `at` is the position within a row. */
interface Building {
  readonly header: readonly string[];
  readonly builders: readonly { readonly name: string; readonly at: number; readonly builder: ColumnBuilder }[];
}

const headerOf = (record: readonly string[], file: string): readonly string[] => {
  try {
    return csvHeader(record, file);
  } catch (cause) {
    throw new CandidateRejected('data-unreadable', (cause as Error).message, { cause });
  }
};

const begin = (record: readonly string[], { file, kindsOf }: TableOptions): Building => {
  const header = headerOf(record, file);
  const builders = [...kindsOf(header)].map(([name, kind]) => ({
    name,
    at: header.indexOf(name),
    builder: columnBuilder(file, name, kind),
  }));
  return { header, builders };
};

const explained = (error: unknown, file: string): unknown =>
  error instanceof CsvError
    ? new CandidateRejected('data-unreadable', `${file} cannot be read as CSV: ${error.message}`, { cause: error })
    : error;

/**
 * Reads CSV (RFC 4180, UTF-8, commas, a header row) as it arrives; only the columns asked for are kept.
 * @throws CandidateRejected naming file, row and column; an error of the source as it is.
 */
export const readCsvTable: TableReader = async (source, options) => {
  const { file, maxRows } = options;
  let building: Building | undefined;
  let rows = 0;
  const take = (record: readonly string[]): void => {
    if (building === undefined) {
      building = begin(record, options);
      return;
    }
    rows++;
    if (rows > maxRows) {
      throw new CandidateRejected(
        'data-too-large',
        `${file} has more than ${maxRows} rows, the most that one evaluation takes; upload a random sample of them`,
      );
    }
    for (const { at, builder } of building.builders) builder.add(record[at] ?? '');
  };
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: MAX_CSV_ROW_LENGTH });
  try {
    await pipeline(source, parser, async (records: AsyncIterable<string[]>) => {
      for await (const record of records) take(record);
    });
  } catch (error) {
    throw explained(error, file);
  }
  const built = building as Building | undefined;
  if (built === undefined || rows === 0) {
    throw new CandidateRejected('data-empty', `${file} has no rows; it needs a header and at least one row`);
  }
  return { file, rows, header: built.header, columns: new Map(built.builders.map((b) => [b.name, b.builder.build()])) };
};
