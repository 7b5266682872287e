import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RowSample } from '../../lambdas/evaluation/domain/row-sample';
import type { Table } from '../../lambdas/evaluation/domain/table';
import type { TableReader } from '../../lambdas/evaluation/ports';
import type { CellKind } from '../../lambdas/scoring/domain/cell-kind';

/** All rows of a file as one table: its parts must follow each other without a gap. */
export const readWhole = async (
  readTable: TableReader,
  bytes: Uint8Array,
  kinds: Record<string, CellKind>,
  maxRows: number,
): Promise<Table> => {
  const folder = mkdtempSync(join(tmpdir(), 'table-'));
  const path = join(folder, 'data');
  writeFileSync(path, bytes);
  const whole = new RowSample(1, maxRows);
  let rows = 0;
  try {
    await readTable(
      path,
      { file: 'data.csv', maxRows, kindsOf: () => new Map(Object.entries(kinds)) },
      async (part) => {
        expect(part.first).toBe(rows);
        rows += part.rows;
        whole.add(part);
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  return whole.build().table;
};
