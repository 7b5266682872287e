import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readTableFile } from '../../lambdas/evaluation/adapters/table-file';
import type { Table } from '../../lambdas/evaluation/domain/table';
import type { CellKind } from '../../lambdas/scoring/domain/cell-kind';
import { readWhole } from './table-files';

/** Written by test/oracles/parquet_tables.py with pandas and pyarrow. */
const fixture = (name: string): Buffer => readFileSync(join(__dirname, 'fixtures/parquet', name));

const KINDS: Record<string, CellKind> = {
  double: 'number',
  float: 'number',
  integer: 'integer',
  long: 'long',
  flag: 'boolean',
  region: 'text',
  price: 'number',
  when: 'text',
  level: 'text',
};

const read = (bytes: Uint8Array, kinds = KINDS, maxRows = 300): Promise<Table> =>
  readWhole(readTableFile, bytes, kinds, maxRows);

test.each(['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'row-groups', 'pages'])(
  'what pyarrow wrote as %s.parquet is the table that pandas wrote as CSV',
  async (name) => {
    const [parquet, csv] = await Promise.all([read(fixture(`${name}.parquet`)), read(fixture('table.csv'))]);
    expect(parquet.rows).toBe(300);
    expect(parquet.header).toEqual(csv.header);
    for (const column of Object.keys(KINDS))
      expect([column, parquet.columns.get(column)]).toEqual([column, csv.columns.get(column)]);
  },
);

test('a number beyond 2⁵³ keeps every digit', async () => {
  const column = (await read(fixture('snappy.parquet'))).columns.get('long');
  expect(column).toMatchObject({
    exact: new Map([0, 50, 100, 150, 200, 250].map((row) => [row, 2n ** 53n + 1n + BigInt(row)])),
  });
});

test('numbers, booleans and times that are asked for as texts are written the way CSV has them', async () => {
  const kinds = { integer: 'text', flag: 'text', price: 'text', when: 'text' } as const;
  const table = await read(fixture('snappy.parquet'), kinds);
  const cells = Object.keys(kinds).map((name) => table.columns.get(name)?.values[1]);
  expect(cells).toEqual([
    expect.stringMatching(/^-?\d+$/),
    expect.stringMatching(/^true|false$/),
    '0.25',
    '2025-01-02T12:30:00.000Z',
  ]);
});

const broken = fixture('snappy.parquet').fill(0xff, 40, 4000);

test.each<[string, Uint8Array, Record<string, CellKind>, number, string, string]>([
  [
    'a text where a number belongs',
    fixture('zstd.parquet'),
    { region: 'number' },
    300,
    'data-value-invalid',
    "column 'region': expected a number, given",
  ],
  [
    'a time where a number belongs',
    fixture('zstd.parquet'),
    { when: 'number' },
    300,
    'data-value-invalid',
    "row 1, column 'when': expected a number, given \"2025-01-01T12:30",
  ],
  [
    'a nested column that is needed',
    fixture('nested.parquet'),
    { list: 'number' },
    300,
    'data-unreadable',
    "column 'list' is nested",
  ],
  ['a file without rows', fixture('empty.parquet'), KINDS, 300, 'data-empty', 'has no rows'],
  ['more rows than are taken', fixture('gzip.parquet'), KINDS, 299, 'data-too-large', 'more than 299 rows'],
  ['a damaged file', broken, KINDS, 300, 'data-unreadable', 'cannot be read as Parquet'],
  [
    'a file that is cut off',
    fixture('zstd.parquet').subarray(0, 5000),
    KINDS,
    300,
    'data-unreadable',
    'cannot be read as Parquet',
  ],
])('%s is refused with the reason', async (_, bytes, kinds, maxRows, code, message) => {
  await expect(read(bytes, kinds, maxRows)).rejects.toMatchObject({
    rejection: { code, message: expect.stringContaining(message) },
  });
});

test('nested columns that nobody asks for do no harm', async () => {
  expect((await read(fixture('nested.parquet'))).rows).toBe(300);
});

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

test('the same numbers and texts are the same table, as CSV and as Parquet, however the rows are grouped', async () => {
  // As a text, −0 is 0 to JavaScript.
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const row = fc.record({
    n: fc.option(number, { nil: null }),
    t: fc.option(
      fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\r')),
      { nil: null },
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      async (rows, group) => {
        const csv = `n,t\n${rows.map(({ n, t }) => `${n ?? ''},${quoted(t ?? '')}`).join('\n')}\n`;
        const parquet = parquetWriteBuffer({
          columnData: [
            { name: 'n', data: rows.map(({ n }) => n), type: 'DOUBLE', nullable: true },
            { name: 't', data: rows.map(({ t }) => t), type: 'STRING', nullable: true },
          ],
          rowGroupSize: group,
        });
        const kinds = { n: 'number', t: 'text' } as const;
        const [a, b] = await Promise.all([read(new Uint8Array(parquet), kinds), read(Buffer.from(csv), kinds)]);
        expect([...a.columns]).toEqual([...b.columns]);
      },
    ),
    { numRuns: 50 },
  );
});
