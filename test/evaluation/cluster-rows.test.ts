import fc from 'fast-check';
import { ClusterRows } from '../../lambdas/evaluation/domain/cluster-rows';
import type { Table, TableColumn } from '../../lambdas/evaluation/domain/table';
import { TimeSpans } from '../../lambdas/evaluation/domain/time-span';

const part = (name: string, column: TableColumn, first = 0): Table => ({
  ...{ file: 'evaluation.csv', first, rows: column.values.length, header: [name] },
  columns: new Map([[name, column]]),
});
const texts = (values: readonly (string | null)[]): TableColumn => ({ kind: 'text', values });

const clustersOf = (...parts: TableColumn[]) => {
  const rows = new ClusterRows('customer');
  for (const column of parts) rows.add(part('customer', column));
  return rows.build();
};

test('rows of one value are one cluster, across the parts that go by', () => {
  const { clusters, told } = clustersOf(texts(['a', 'b', 'a']), texts(['c', 'a']));
  expect(clusters).toEqual({ codes: Int32Array.of(0, 1, 0, 2, 0), n: 3 });
  expect(told).toEqual({ column: 'customer', clusters: 3, largest: 3, alone: 0 });
});

test('a row without a value is a cluster of its own', () => {
  const { clusters, told } = clustersOf(texts([null, 'a', null]), texts([null, 'a']));
  expect(clusters.codes).toEqual(Int32Array.of(0, 1, 2, 3, 1));
  expect(told).toMatchObject({ clusters: 4, alone: 3, largest: 2 });
});

test('numbers are told apart beyond what a double can carry', () => {
  const exact = new Map([
    [0, 9007199254740993n],
    [1, 9007199254740992n],
  ]);
  const { clusters } = clustersOf({ kind: 'number', values: Float64Array.of(2 ** 53, 2 ** 53, 7, Number.NaN), exact });
  expect(clusters.codes).toEqual(Int32Array.of(0, 1, 2, 3));
});

test('codes say which rows share a value, and nothing else', () => {
  const value = fc.option(fc.string({ maxLength: 2 }), { freq: 5 });
  fc.assert(
    fc.property(fc.array(fc.array(value)), (parts) => {
      const all = parts.flat();
      const { codes, n } = clustersOf(...parts.map(texts)).clusters;
      expect(codes).toHaveLength(all.length);
      expect(new Set(codes).size).toBe(n);
      all.forEach((one, row) => {
        for (let other = 0; other < row; other++)
          expect(codes[row] === codes[other]).toBe(one !== null && one === all[other]);
      });
    }),
  );
});

const spanOf = (...values: (string | null)[]) => {
  const spans = new TimeSpans('at');
  spans.add(part('at', texts(values), 100));
  return spans.build();
};

test.each([
  ['2025-03-31', '2025-03-31T00:00:00.000Z'],
  ['2025-03', '2025-03-01T00:00:00.000Z'],
  ['2025', '2025-01-01T00:00:00.000Z'],
  ['2025-03-31 08:30', '2025-03-31T08:30:00.000Z'],
  ['2025-03-31T08:30:00.123456', '2025-03-31T08:30:00.123Z'],
  ['2025-03-31T08:30:00+02:00', '2025-03-31T06:30:00.000Z'],
  ['2025-03-31 08:30:00+0000', '2025-03-31T08:30:00.000Z'],
  ['2025-03-31t08:30:00z', '2025-03-31T08:30:00.000Z'],
  ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
])('%s is %s', (text, iso) => {
  const at = Date.parse(iso);
  expect(spanOf(text)).toEqual({ column: 'at', from: at, to: at, missing: 0 });
});

test('the span goes from the earliest to the latest row, and counts those without a time', () => {
  const [from, to] = ['2024-01-01', '2025-02-03'].map((day) => Date.parse(day));
  expect(spanOf('2024-06-01', null, '2025-02-03', '2024-01-01')).toEqual({ column: 'at', from, to, missing: 1 });
  expect(spanOf(null, null)).toEqual({ column: 'at', missing: 2 });
});

test.each(['31.03.2025', '03/31/2025', 'yesterday', '1711900000', '2025-13-01', '2025-03-31T25:00'])(
  '%s is no time, and its cell is named',
  (text) => {
    expect(() => spanOf('2025-01-01', text)).toThrow(
      expect.objectContaining({
        rejection: {
          code: 'data-value-invalid',
          message: expect.stringMatching(/^evaluation\.csv, row 102, column 'at': expected a time in ISO 8601/),
        },
      }),
    );
  },
);
