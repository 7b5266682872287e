import { stringify } from 'lossless-json';
import type { Column, Datatype } from '../../../lambdas/registry/contract';
import { decodeInvocation } from '../../../lambdas/scoring/domain/decode-invocation';
import { decodeRequest } from '../../../lambdas/scoring/domain/decode-request';
import { modelDocument } from '../../../lambdas/scoring/domain/openapi/model-document';
import { schemasOf, type WireDocument } from '../../api/openapi-validation';
import { BINARY_SIGNATURE, versionOf } from '../versions';

type Given = Partial<Column>;
const AGE: Given = { type: 'double', min: 18, max: 120 };
const REGION: Given = { type: 'string', levels: ['n', 's'] };
const GRADE: Given = { type: 'double', levels: ['1', '2'] };

const versionWith = (given: Given, datatype: Datatype) => {
  const column: Column = { name: 'c', type: 'double', ...given };
  const width = column.encode === 'one-hot' ? 2 : 1;
  const inputs = [{ name: 'X', datatype, shape: [-1, width] }];
  return versionOf('binary', 1, { signature: { ...BINARY_SIGNATURE, inputs, columns: [column] } });
};
const OPTIONS = { pinned: false, secured: false, maxRows: undefined, inputPlace: undefined };
const documentOf = (version: ReturnType<typeof versionWith>): WireDocument =>
  JSON.parse(stringify(modelDocument(version, OPTIONS)) ?? '');
const isTaken = (decode: () => unknown): boolean => {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
};

test.each<[string, Given, Datatype, unknown, 'taken' | 'refused']>([
  ['a range', AGE, 'FP32', 17, 'taken'],
  ['a range, unseen: missing', { ...AGE, unseen: 'missing' }, 'FP32', 17, 'taken'],
  ['a range, unseen: reject', { ...AGE, unseen: 'reject' }, 'FP32', 17, 'refused'],
  ['a range of numbers as text, unseen: reject', { ...AGE, unseen: 'reject' }, 'BYTES', 17, 'taken'],
  ['whole numbers in a range', { type: 'long', min: 0, max: 120 }, 'INT64', 121, 'taken'],
  ['text with levels', REGION, 'BYTES', 'x', 'taken'],
  ['text with levels, unseen: reject', { ...REGION, unseen: 'reject' }, 'BYTES', 'x', 'refused'],
  ['text whose levels have numbers', REGION, 'FP32', 'x', 'refused'],
  ['ordinal levels', { ...REGION, encode: 'ordinal' }, 'FP32', 'x', 'refused'],
  ['ordinal levels, nothing for missing', { ...REGION, encode: 'ordinal', unseen: 'missing' }, 'FP32', 'x', 'refused'],
  ['ordinal levels, NaN', { ...REGION, encode: 'ordinal', unseen: 'missing', missing: 'nan' }, 'FP32', 'x', 'taken'],
  ['one-hot levels', { ...REGION, encode: 'one-hot' }, 'FP32', 'x', 'refused'],
  ['one-hot levels, unseen: missing', { ...REGION, encode: 'one-hot', unseen: 'missing' }, 'FP32', 'x', 'taken'],
  ['numbers with levels', GRADE, 'FP32', 3, 'taken'],
  ['numbers with levels, unseen: reject', { ...GRADE, unseen: 'reject' }, 'FP32', 3, 'taken'],
])('a cell beyond %s is valid exactly where the server takes it', (_, column, datatype, cell, outcome) => {
  const version = versionWith(column, datatype);
  const invocation = { dataframe_records: [{ c: cell }] };
  const decode = () => decodeInvocation(JSON.stringify(invocation), { type: 'application/json' }, version.signature);
  expect(isTaken(decode)).toBe(outcome === 'taken');
  expect(schemasOf(documentOf(version))('Invocation')(invocation)).toBe(outcome === 'taken');
});

test.each<[string, Given, Datatype, unknown, 'taken' | 'refused']>([
  ['a range', AGE, 'FP32', 17, 'taken'],
  ['a range, unseen: reject', { ...AGE, unseen: 'reject' }, 'FP32', 17, 'refused'],
  ['text with levels', REGION, 'BYTES', 'x', 'taken'],
  ['text with levels, unseen: reject', { ...REGION, unseen: 'reject' }, 'BYTES', 'x', 'refused'],
  ['ordinal text, unseen: reject', { ...REGION, encode: 'ordinal', unseen: 'reject' }, 'BYTES', 'x', 'refused'],
  ['ordinal levels', { ...REGION, encode: 'ordinal' }, 'FP32', 2, 'taken'],
  ['ordinal levels, unseen: reject', { ...REGION, encode: 'ordinal', unseen: 'reject' }, 'FP32', 2, 'refused'],
  ['numbers with levels, unseen: reject', { ...GRADE, unseen: 'reject' }, 'FP32', 3, 'taken'],
])('an element beyond %s is valid exactly where the server takes it', (_, column, datatype, element, outcome) => {
  const version = versionWith(column, datatype);
  const input = { name: 'X', datatype, shape: [1, 1], data: [[element]] };
  expect(isTaken(() => decodeRequest({ inputs: [input] }, version.signature))).toBe(outcome === 'taken');
  expect(schemasOf(documentOf(version))('InferenceInput')(input)).toBe(outcome === 'taken');
});

test.each<[Given, Datatype, string]>([
  [{ ...AGE, unit: 'years' }, 'FP32', 'In years. Made for 18 to 120; anything else is taken, too.'],
  [{ type: 'double', min: 0, unseen: 'missing' }, 'FP32', 'Made for at least 0; anything else is taken, too.'],
  [{ type: 'double', max: 9 }, 'FP32', 'Made for at most 9; anything else is taken, too.'],
  [REGION, 'BYTES', 'Made for n, s; anything else is taken, too.'],
  [{ ...REGION, encode: 'one-hot', unseen: 'missing' }, 'FP32', 'Made for n, s; anything else counts as missing.'],
  [{ ...AGE, unseen: 'reject' }, 'FP32', 'Anything else is refused.'],
])('limits of %j are described as what they are', (column, datatype, description) => {
  const { Row } = documentOf(versionWith(column, datatype)).components.schemas;
  expect(Row).toMatchObject({ properties: { c: { description } } });
});
