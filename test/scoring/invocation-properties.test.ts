import fc from 'fast-check';
import { ContenderError, HTTP_STATUS } from '../../lambdas/kernel/errors';
import type { Column, Datatype, Signature } from '../../lambdas/registry/contract';
import { decodeInvocation } from '../../lambdas/scoring/domain/decode-invocation';
import { decodeRequest } from '../../lambdas/scoring/domain/decode-request';
import { mediaTypeOf } from '../../lambdas/scoring/domain/media-type';
import { parseJson } from '../../lambdas/scoring/domain/parse-json';
import { bare, csv, json, TYPED, tensor } from './invocations';
import { BINARY_SIGNATURE } from './versions';

const SEED = 20260727;

/** JSON in which whole numbers keep their digits. */
const exactJson = (value: unknown): string => {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}:${exactJson(part)}`)
    .join(',')}}`;
};

type Cell = string | number | bigint | boolean | null;

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).filter((one) => one.trim() === one);
const KINDS: readonly (readonly [Datatype, Column['type'], fc.Arbitrary<Cell>])[] = [
  ['FP32', 'double', fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))],
  ['FP64', 'double', fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['INT64', 'long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['INT32', 'integer', fc.integer()],
  ['UINT8', 'integer', fc.integer({ min: 0, max: 255 })],
  ['FP16', 'double', fc.integer({ min: -2048, max: 2048 })],
  ['BYTES', 'string', text],
  ['BOOL', 'boolean', fc.boolean()],
];

/** A model of up to five columns, each a tensor of its own, and rows for it. */
const cases = fc
  .array(fc.tuple(fc.constantFrom(...KINDS), fc.boolean()), { minLength: 2, maxLength: 5 })
  .chain((chosen) => {
    const inputs = chosen.map(([[datatype]], at) => tensor(`c${at}`, datatype, chosen[at]?.[1] ? [-1, 1] : [-1]));
    const columns = chosen.map(([[, type]], at) => ({ name: `c${at}`, type }));
    const row = fc.tuple(...chosen.map(([[, , cell]]) => cell));
    const signature: Signature = { ...bare(...inputs), columns };
    return fc.record({ signature: fc.constant(signature), rows: fc.array(row, { minLength: 1, maxLength: 6 }) });
  });

const csvCell = (cell: Cell): string => (cell === null ? '' : `"${String(cell).replaceAll('"', '""')}"`);

test('the same rows are the same tensors, by whichever form they come', () => {
  fc.assert(
    fc.property(cases, ({ signature, rows }) => {
      const names = signature.columns.map(({ name }) => name);
      const byName = (order: readonly string[]) =>
        rows.map((row) => Object.fromEntries(order.map((name) => [name, row[names.indexOf(name)]])));
      const reversed = [...names].reverse();
      const columns = Object.fromEntries(reversed.map((name) => [name, rows.map((row) => row[names.indexOf(name)])]));
      const oip = {
        inputs: signature.inputs.map(({ name, datatype, shape }) => ({
          name,
          datatype,
          shape: [rows.length, ...shape.slice(1)],
          data: columns[name],
        })),
      };
      const expected = decodeRequest(parseJson(exactJson(oip), { exactIntegers: true }), signature);
      for (const version of [signature, { ...signature, columns: [] }]) {
        const decoded = [
          json(exactJson({ dataframe_split: { columns: names, data: rows } }), version),
          json(exactJson({ dataframe_records: byName(reversed) }), version),
          json(exactJson({ instances: byName(names) }), version),
          json(exactJson({ inputs: columns }), version),
          csv([names.join(','), ...rows.map((row) => row.map(csvCell).join(','))].join('\n'), version),
        ];
        for (const { inputs, rows: count } of decoded) {
          expect(inputs).toEqual(expected.inputs);
          expect(count).toBe(rows.length);
        }
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

const SIGNATURES = [
  BINARY_SIGNATURE,
  TYPED,
  { ...BINARY_SIGNATURE, columns: [] },
  { ...TYPED, columns: [] },
  bare(tensor('x', 'FP16', [])),
  bare(tensor('x', 'UINT64', [-1, -1]), tensor('y', 'BYTES', [2])),
];

/** @returns whether the request was taken. @throws what is not the caller's fault */
const isTaken = (body: string | Buffer, type: string, signature: Signature): boolean => {
  try {
    const { inputs, rows } = decodeInvocation(body, mediaTypeOf(type), signature);
    expect(rows).toBeGreaterThan(0);
    expect(Object.keys(inputs)).toEqual(signature.inputs.map(({ name }) => name));
    return true;
  } catch (error) {
    if (!(error instanceof ContenderError) || HTTP_STATUS[error.code] >= 500) throw error;
    expect(error.message).not.toMatch(/undefined|\[object|\n {4}at /);
    return false;
  }
};

const VALID = [
  { dataframe_split: { columns: ['age', 'income', 'tenure'], index: [0], data: [[1, 2, 3]] } },
  { dataframe_records: [{ age: 30.5, id: 7, count: 2, region: 'n', new: true }] },
  { instances: [[1, null, 3]] },
  { inputs: { age: [1], id: [2], count: [3], region: ['n'], new: [false] }, params: {} },
];
const KEYS = [
  'dataframe_split',
  'dataframe_records',
  'instances',
  'inputs',
  'params',
  'columns',
  'data',
  'age',
  'id',
  'X',
  '__proto__',
];
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }),
  fc.dictionary(fc.constantFrom(...KEYS), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 3 }),
  fc.dictionary(fc.constantFrom(...KEYS), fc.dictionary(fc.constantFrom(...KEYS), fc.jsonValue({ maxDepth: 3 }))),
);

/** A request with one of its parts replaced. */
const mutated = fc
  .tuple(fc.constantFrom(...VALID), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
  .map(([valid, at, part]) => {
    let seen = 0;
    return JSON.stringify(valid, (_, value) => (seen++ === at % 14 ? part : value)) ?? 'null';
  });

/** A request with a few of its characters replaced. */
const garbled = fc
  .tuple(fc.constantFrom(...VALID), fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'[]{},:"019eE-.ntf \\\u0000'))))
  .map(([valid, edits]) => {
    const characters = [...JSON.stringify(valid)];
    for (const [at, character] of edits) characters[at % characters.length] = character;
    return characters.join('');
  });

const signatures = fc.constantFrom(...SIGNATURES);
const JSON_TYPE = 'application/json';

test('whatever JSON comes is taken or refused, and never a crash', () => {
  let taken = 0;
  const body = fc.oneof(
    anything.map((value) => JSON.stringify(value)),
    mutated,
    garbled,
  );
  fc.assert(
    fc.property(body, signatures, (sent, signature) => {
      if (isTaken(sent, JSON_TYPE, signature)) taken++;
    }),
    { seed: SEED, numRuns: 5000 },
  );
  expect(taken).toBeGreaterThan(50);
});

test('whatever bytes come as CSV are taken or refused, and never a crash', () => {
  const line = fc.array(fc.constantFrom('age', 'income', 'tenure', '1', 'NA', '"', '""', 'x', '', '-1e3', ' '));
  const lines = fc.array(line.map((cells) => cells.join(','))).map((all) => Buffer.from(all.join('\n')));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((all) => Buffer.from(all));
  fc.assert(
    fc.property(fc.oneof(lines, bytes), signatures, fc.boolean(), (sent, signature, hasHeader) => {
      isTaken(sent, hasHeader ? 'text/csv' : 'text/csv; header=absent', signature);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('what nests a hundred thousand lists deep is refused', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const signature of SIGNATURES) {
    for (const form of ['instances', 'inputs', 'dataframe_records']) {
      expect(isTaken(`{"${form}":${deep}}`, JSON_TYPE, signature)).toBe(false);
    }
  }
});
