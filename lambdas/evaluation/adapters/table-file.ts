import { open } from 'node:fs/promises';
import type { TableReader } from '../ports';
import { readCsvTable } from './csv-table';
import { readParquetTable } from './parquet-table';

/** What every Parquet file begins with. */
const MAGIC = 'PAR1';

const isParquet = async (path: string): Promise<boolean> => {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === MAGIC;
  } finally {
    await handle.close();
  }
};

/** Reads CSV, or Parquet: what the file is counts, not what it is called. */
export const readTableFile: TableReader = async (path, options, take) => {
  const read = (await isParquet(path)) ? readParquetTable : readCsvTable;
  await read(path, options, take);
};
