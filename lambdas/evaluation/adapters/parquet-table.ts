import { type FileHandle, open } from 'node:fs/promises';
import { type AsyncBuffer, type DecodedArray, type ParquetScan, parquetScan, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { CellKind } from '../../scoring/domain/cell-kind';
import { CandidateRejected } from '../domain/candidate-rejected';
import { columnBuilder } from '../domain/column-builder';
import type { TableColumn } from '../domain/table';
import { dataEmpty, dataTooLarge, partRowsOf } from '../domain/table-limits';
import type { TableOptions, TableReader, TakeRows } from '../ports';

/** Bytes of a file on disk, as they are asked for: never the whole of it. */
const bytesOf = async (handle: FileHandle): Promise<AsyncBuffer> => {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
};

const unreadable = (file: string, cause: unknown): CandidateRejected =>
  new CandidateRejected(
    'data-unreadable',
    `${file} cannot be read as Parquet: ${(cause as Error).message}; write it anew with snappy, zstd or gzip compression, or as CSV`,
    { cause },
  );

/** The library's errors say what is wrong with the file. */
const reading = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    throw unreadable(file, cause);
  }
};

const checkFlat = ({ metadata }: ParquetScan, name: string, file: string): void => {
  const node = parquetSchema(metadata).children.find(({ element }) => element.name === name);
  const isFlat = node !== undefined && node.children.length === 0 && node.element.repetition_type !== 'REPEATED';
  if (isFlat) return;
  throw new CandidateRejected(
    'data-unreadable',
    `${file}: column '${name}' is nested (a list, a map or a struct); write one column for each of its values, or leave it out`,
  );
};

const columnFrom = (cells: DecodedArray, name: string, kind: CellKind, file: string, first: number): TableColumn => {
  const builder = columnBuilder(file, name, kind, first);
  for (let row = 0; row < cells.length; row++) builder.addTyped(cells[row]);
  return builder.build();
};

/** Columns one after the other: the compressed bytes of one are held at a time. */
const readPart = async (
  scan: ParquetScan,
  range: { readonly rowStart: number; readonly rowEnd: number },
  kinds: ReadonlyMap<string, CellKind>,
  file: string,
): Promise<ReadonlyMap<string, TableColumn>> => {
  const columns = new Map<string, TableColumn>();
  for (const [column, kind] of kinds) {
    const cells = await reading(file, () => scan.readColumn({ column, ...range }));
    const rows = range.rowEnd - range.rowStart;
    if (cells.length !== rows)
      throw unreadable(file, new Error(`column '${column}' has ${cells.length} of ${rows} rows`));
    columns.set(column, columnFrom(cells, column, kind, file, range.rowStart));
  }
  return columns;
};

const readParts = async (scan: ParquetScan, options: TableOptions, take: TakeRows): Promise<void> => {
  const { file, maxRows, kindsOf } = options;
  const header = parquetSchema(scan.metadata).children.map(({ element }) => element.name);
  const kinds = kindsOf(header);
  for (const name of kinds.keys()) checkFlat(scan, name, file);
  const rows = Number(scan.metadata.num_rows);
  if (rows === 0) throw dataEmpty(file);
  if (rows > maxRows) throw dataTooLarge(file, maxRows);
  const step = partRowsOf(kinds.size);
  for (const { rowStart, rowEnd } of scan.ranges) {
    for (let first = rowStart; first < rowEnd; first += step) {
      const range = { rowStart: first, rowEnd: Math.min(rowEnd, first + step) };
      const columns = await readPart(scan, range, kinds, file);
      await take({ file, first, rows: range.rowEnd - first, header, columns });
    }
  }
};

/** Reads Parquet of flat columns, a part of a row group at a time; only the columns asked for are read at all. */
export const readParquetTable: TableReader = async (path, options, take) => {
  const handle = await open(path);
  try {
    const file = await bytesOf(handle);
    const scan = await reading(options.file, () => parquetScan({ file, compressors, geoparquet: false }));
    await readParts(scan, options, take);
  } finally {
    await handle.close();
  }
};
