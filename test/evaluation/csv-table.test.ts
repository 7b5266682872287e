import { readCsvTable } from '../../lambdas/evaluation/adapters/csv-table';
import { encodeTable } from '../../lambdas/evaluation/domain/encode-table';
import { layoutOf } from '../../lambdas/evaluation/domain/plan-columns';
import type { Table } from '../../lambdas/evaluation/domain/table';
import type { Column, Tensor } from '../../lambdas/registry/contract';
import type { CellKind } from '../../lambdas/scoring/domain/cell-kind';
import { readWhole } from './table-files';

const read = (text: string, kinds: Record<string, CellKind>, maxRows = 5): Promise<Table> =>
  readWhole(readCsvTable, Buffer.from(text), kinds, maxRows);

test('columns are read by their kind, and others left out', async () => {
  const table = await read('a,b,c,d\n1,x,true,?\n-2.5e3, y ,FALSE,?\n', { a: 'number', b: 'text', c: 'boolean' });
  expect(table).toMatchObject({ rows: 2, header: ['a', 'b', 'c', 'd'] });
  expect(Object.fromEntries(table.columns)).toEqual({
    a: { kind: 'number', values: Float64Array.of(1, -2500) },
    b: { kind: 'text', values: ['x', 'y'] },
    c: { kind: 'number', values: Float64Array.of(1, 0) },
  });
});

test.each(['', 'NA', 'NaN', 'null', 'None'])('%j is a missing number', async (cell) => {
  const table = await read(`a,b\n${cell},1\n`, { a: 'number' });
  expect(table.columns.get('a')?.values[0]).toBeNaN();
});

test('in texts only the empty cell is missing: NA may be a level', async () => {
  const table = await read('a,b\n,1\nNA,1\n', { a: 'text' });
  expect(table.columns.get('a')?.values).toEqual([null, 'NA']);
});

test.each(['0x10', '1_000', '1e999', 'Infinity', '1 2', 'abc'])('%j is no number', async (cell) => {
  await expect(read(`a,b\n1,1\n${cell},1\n`, { a: 'number' })).rejects.toMatchObject({
    rejection: {
      code: 'data-value-invalid',
      message: expect.stringContaining(`data.csv, row 2, column 'a': expected a number, given "${cell}"`),
    },
  });
});

test('a long keeps every digit, a missing one is missing, and truth is encoded as it is at the endpoint', async () => {
  const table = await read('id,new\n9007199254740993,1\n,false\n', { id: 'long', new: 'boolean' });
  const columns: Column[] = [
    { name: 'id', type: 'long', missing: -1 },
    { name: 'new', type: 'boolean' },
  ];
  const inputs: Tensor[] = [
    { name: 'id', datatype: 'INT64', shape: [-1] },
    { name: 'new', datatype: 'BOOL', shape: [-1] },
  ];
  const signature = { inputs, outputs: inputs, columns };
  expect(encodeTable(table, { columns, layout: layoutOf(inputs, columns) }, signature)).toMatchObject({
    id: { data: BigInt64Array.of(9007199254740993n, -1n) },
    new: { data: Uint8Array.of(1, 0) },
  });
});

test('a byte order mark, quotes, and line breaks in quotes are read as written', async () => {
  const table = await read('\ufeffname,b\r\n"grün, ""ok""\nzwei",1\r\n', { name: 'text' });
  expect(table.columns.get('name')?.values).toEqual(['grün, "ok"\nzwei']);
});

test('letters cut between two chunks of the file, and rows between two parts, come out whole', async () => {
  const rows = 120_001;
  const text = Array.from({ length: rows }, (_, row) => `grün${row % 7},${row}`).join('\n');
  const table = await read(`name,n\n${text}\n`, { name: 'text', n: 'number' }, rows);
  expect(table.columns.get('name')?.values.findIndex((name, row) => name !== `grün${row % 7}`)).toBe(-1);
  const numbers = table.columns.get('n')?.values as Float64Array;
  expect(numbers.findIndex((n, row) => n !== row)).toBe(-1);
  await expect(read(`name,n\n${text}\nx,?\n`, { n: 'number' }, rows + 1)).rejects.toThrow(
    `data.csv, row ${rows + 1}, column 'n': expected a number, given "?"`,
  );
});

test('an error of the disk stays what it is', async () => {
  const kindsOf = () => new Map<string, CellKind>([['a', 'number']]);
  const take = async () => undefined;
  await expect(readCsvTable('/nowhere.csv', { file: 'data.csv', maxRows: 5, kindsOf }, take)).rejects.toThrow('ENOENT');
});
