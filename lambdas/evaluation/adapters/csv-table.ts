import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { CellKind } from '../../scoring/domain/cell-kind';
import { csvHeader, MAX_CSV_ROW_LENGTH } from '../../scoring/domain/csv-header';
import { CandidateRejected } from '../domain/candidate-rejected';
import { type ColumnBuilder, columnBuilder } from '../domain/column-builder';
import { dataEmpty, dataTooLarge, partRowsOf } from '../domain/table-limits';
import type { TableOptions, TableReader, TakeRows } from '../ports';

/** Columns under construction; `at` is the position within a row. */
interface Building {
  readonly name: string;
  readonly at: number;
  readonly builder: ColumnBuilder;
}

const headerOf = (record: readonly string[], file: string): readonly string[] => {
  try {
    return csvHeader(record, file);
  } catch (cause) {
    throw new CandidateRejected('data-unreadable', (cause as Error).message, { cause });
  }
};

/** Gathers rows into parts. */
class CsvParts {
  private header: readonly string[] | undefined;
  private kinds: ReadonlyMap<string, CellKind> = new Map();
  private building: readonly Building[] = [];
  private partRows = 0;
  private rows = 0;
  private first = 0;

  constructor(
    private readonly options: TableOptions,
    private readonly take: TakeRows,
  ) {}

  async add(record: readonly string[]): Promise<void> {
    const { file, maxRows, kindsOf } = this.options;
    if (this.header === undefined) {
      this.header = headerOf(record, file);
      this.kinds = kindsOf(this.header);
      this.partRows = partRowsOf(this.kinds.size);
      this.begin(this.header);
      return;
    }
    this.rows++;
    if (this.rows > maxRows) throw dataTooLarge(file, maxRows);
    for (const { at, builder } of this.building) builder.add(record[at] ?? '');
    if (this.rows - this.first === this.partRows) await this.flush(this.header);
  }

  async finish(): Promise<void> {
    if (this.header === undefined || this.rows === 0) throw dataEmpty(this.options.file);
    if (this.rows > this.first) await this.flush(this.header);
  }

  private begin(header: readonly string[]): void {
    const { file } = this.options;
    this.building = [...this.kinds].map(([name, kind]) => ({
      name,
      at: header.indexOf(name),
      builder: columnBuilder(file, name, kind, this.first),
    }));
  }

  private async flush(header: readonly string[]): Promise<void> {
    const { first, rows } = this;
    const columns = new Map(this.building.map(({ name, builder }) => [name, builder.build()]));
    this.first = rows;
    this.begin(header);
    await this.take({ file: this.options.file, first, rows: rows - first, header, columns });
  }
}

const explained = (error: unknown, file: string): unknown =>
  error instanceof CsvError
    ? new CandidateRejected('data-unreadable', `${file} cannot be read as CSV: ${error.message}`, { cause: error })
    : error;

/** Reads CSV (RFC 4180, UTF-8, commas, a header row); only the columns asked for are kept. */
export const readCsvTable: TableReader = async (path, options, take) => {
  const parts = new CsvParts(options, take);
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: MAX_CSV_ROW_LENGTH });
  // A row that is refused closes the file, which may then report no more than that it was closed.
  let refused: unknown;
  const addAll = async (records: AsyncIterable<string[]>): Promise<void> => {
    for await (const record of records) {
      await parts.add(record).catch((error: unknown) => {
        refused = error;
        throw error;
      });
    }
  };
  try {
    await pipeline(createReadStream(path), parser, addAll);
  } catch (error) {
    throw explained(refused ?? error, options.file);
  }
  await parts.finish();
};
