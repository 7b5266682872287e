import type { Column, Tensor } from '../../lambdas/registry/contract';
import type { Cell } from '../../lambdas/scoring/domain/cell-kind';
import { encodeColumns, layColumns } from '../../lambdas/scoring/domain/encode-columns';

const tensor = (name: string, datatype: Tensor['datatype'], shape: number[]): Tensor => ({ name, datatype, shape });
const column = (name: string, more: Partial<Column> = {}): Column => ({ name, type: 'double', ...more });

const encode = (inputs: Tensor[], columns: Column[], cells: Record<string, Cell[]>) => {
  const rows = Object.values(cells)[0]?.length ?? 0;
  return encodeColumns(layColumns(inputs, columns), (name) => cells[name] ?? [], rows);
};

const FEATURES = tensor('X', 'FP32', [-1, 2]);
const REGION: Partial<Column> = { type: 'string', levels: ['n', 's', 'e'] };

test('columns fill the only tensor row by row, in their order', () => {
  const { X } = encode([FEATURES], [column('b'), column('a')], { a: [1, 2], b: [3, 4] });
  expect(X).toEqual({ datatype: 'FP32', shape: [2, 2], data: Float32Array.of(3, 1, 4, 2) });
});

test('columns fill tensors of their own names', () => {
  const inputs = [tensor('age', 'INT64', [-1, 1]), tensor('region', 'BYTES', [-1, 1]), tensor('new', 'BOOL', [-1])];
  const columns = [
    column('age', { type: 'long' }),
    column('region', { type: 'string' }),
    column('new', { type: 'boolean' }),
  ];
  expect(encode(inputs, columns, { age: [7, 8], region: ['n', 'x'], new: [true, false] })).toEqual({
    age: { datatype: 'INT64', shape: [2, 1], data: BigInt64Array.of(7n, 8n) },
    region: { datatype: 'BYTES', shape: [2, 1], data: ['n', 'x'] },
    new: { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
  });
});

test('columns fill the tensor that they name', () => {
  const inputs = [tensor('X', 'FP64', [-1, 2]), tensor('W', 'FP64', [-1, 1])];
  const columns = [column('a', { tensor: 'X' }), column('w', { tensor: 'W' }), column('b', { tensor: 'X' })];
  const { X, W } = encode(inputs, columns, { a: [1], b: [2], w: [3] });
  expect([X?.data, W?.data]).toEqual([Float64Array.of(1, 2), Float64Array.of(3)]);
});

test.each([
  ['ordinal', { ...REGION, encode: 'ordinal' as const }, [2, 0, 0, 0]],
  ['ordinal, as text in numbers must be', REGION, [2, 0, 0, 0]],
  ['one-hot', { ...REGION, encode: 'one-hot' as const }, [0, 0, 1, 0, 1, 0, 0, 0]],
])('levels are encoded as %s', (_, more, expected) => {
  const width = expected.length / 2;
  const { X } = encode([tensor('X', 'FP32', [-1, width])], [column('region', more), column('z')], {
    region: ['e', 'n'],
    z: [0, 0],
  });
  expect(Array.from(X?.data as Float32Array)).toEqual(expected);
});

test.each([
  ['NaN', column('a'), [Number.NaN, Number.NaN, 1]],
  ['nan', column('a', { missing: 'nan' }), [Number.NaN, Number.NaN, 1]],
  ['a number', column('a', { missing: -1 }), [-1, -1, 1]],
])('a missing cell becomes %s', (_, declared, expected) => {
  const { X } = encode([tensor('X', 'FP64', [-1, 1])], [declared], { a: [null, Number.NaN, 1] });
  expect(X?.data).toEqual(Float64Array.from(expected));
});

test('whole numbers beyond 2⁵³ keep every digit', () => {
  const { X } = encode([tensor('X', 'INT64', [-1])], [column('a', { type: 'long' })], { a: [2n ** 63n - 1n, -7] });
  expect(X?.data).toEqual(BigInt64Array.of(2n ** 63n - 1n, -7n));
});

test('levels that are numbers are found by their value, and words need no type', () => {
  const grade = column('grade', { type: 'integer', levels: ['1.0', '2', '3'], encode: 'ordinal' });
  const region = column('region', { levels: ['n', 's'], encode: 'ordinal' });
  const { X } = encode([tensor('X', 'FP32', [-1, 2])], [grade, region], { grade: [1, 3], region: ['s', 'n'] });
  expect(X?.data).toEqual(Float32Array.of(0, 1, 2, 0));
});

test('a level that was never seen counts as missing where that is declared', () => {
  const declared = column('region', { ...REGION, encode: 'ordinal', unseen: 'missing', missing: 's' });
  const { X } = encode([tensor('X', 'FP32', [-1, 1])], [declared], { region: ['w', null, 'e'] });
  expect(X?.data).toEqual(Float32Array.of(1, 1, 2));
});

test('the absence of every level is a one-hot row of zeros', () => {
  const declared = column('region', { ...REGION, encode: 'one-hot', unseen: 'missing' });
  const { X } = encode([tensor('X', 'FP32', [-1, 3])], [declared], { region: ['w', 's'] });
  expect(X?.data).toEqual(Float32Array.of(0, 0, 0, 0, 1, 0));
});

test.each<[string, Tensor, Column, Cell, string]>([
  [
    'text where a number belongs',
    tensor('X', 'FP32', [-1, 1]),
    column('a'),
    'high',
    "column 'a', row 0: expected a number",
  ],
  [
    'text without levels',
    tensor('X', 'FP32', [-1, 1]),
    column('a', { type: 'string' }),
    'n',
    'levels and encode: ordinal',
  ],
  [
    'a level never seen',
    tensor('X', 'FP32', [-1, 1]),
    column('a', REGION),
    'w',
    'expected one of its levels n, s, e, given "w"',
  ],
  [
    'nothing where a whole number belongs',
    tensor('X', 'FP32', [-1, 1]),
    column('a', { type: 'integer' }),
    null,
    'expected a value; fill it, or say what stands for it',
  ],
  ['nothing in whole numbers', tensor('X', 'INT64', [-1, 1]), column('a'), null, 'expected a value; fill it'],
  ['a level that is missing', tensor('X', 'FP32', [-1, 1]), column('a', REGION), null, 'expected a value; fill it'],
  ['true for a number', tensor('X', 'FP32', [-1, 1]), column('a'), true, 'expected a number, given true'],
  [
    'a number for text',
    tensor('X', 'BYTES', [-1, 1]),
    column('a', { type: 'string' }),
    1,
    'expected a string, given 1',
  ],
  ['1 for true', tensor('X', 'BOOL', [-1, 1]), column('a', { type: 'boolean' }), 1, 'expected true or false, given 1'],
  ['2 in BOOL', tensor('X', 'BOOL', [-1, 1]), column('a'), 2, "expected a value within BOOL's range, given 2"],
  [
    'a fraction for an integer',
    tensor('X', 'FP32', [-1, 1]),
    column('a', { type: 'integer' }),
    1.5,
    'expected a whole number of 32 bits (integer), given 1.5',
  ],
  [
    'a long for an integer',
    tensor('X', 'INT64', [-1, 1]),
    column('a', { type: 'integer' }),
    2 ** 31,
    'expected a whole number of 32 bits (integer), given 2147483648',
  ],
  [
    'a long that lost digits',
    tensor('X', 'INT64', [-1, 1]),
    column('a', { type: 'long' }),
    2 ** 60,
    'every digit written (long)',
  ],
  [
    'a long beyond 64 bits',
    tensor('X', 'INT64', [-1, 1]),
    column('a', { type: 'long' }),
    2n ** 63n,
    'expected a whole number of 64 bits',
  ],
  [
    'a whole number that a float would round',
    tensor('X', 'FP32', [-1, 1]),
    column('a', { type: 'long' }),
    2 ** 24 + 1,
    'expected a whole number that FP32 holds with every digit, given 16777217',
  ],
  [
    'a fraction in an integer',
    tensor('X', 'INT64', [-1, 1]),
    column('a'),
    1.5,
    'expected a whole number (INT64), given 1.5',
  ],
  [
    'a missing value in an integer',
    tensor('X', 'INT32', [-1, 1]),
    column('a', { missing: 'nan' }),
    null,
    'a whole number (INT32)',
  ],
  [
    'a number too large for its type',
    tensor('X', 'INT8', [-1, 1]),
    column('a'),
    300,
    "a value within INT8's range, given 300",
  ],
  ['a number too large for float32', tensor('X', 'FP32', [-1, 1]), column('a'), 1e300, "a value within FP32's range"],
])('%s is refused, naming the cell', (_, input, declared, cell, message) => {
  expect(() => encode([input], [declared], { a: [cell] })).toThrow(message);
});

test.each<[string, Tensor[], Column[], string]>([
  [
    'too few columns',
    [FEATURES],
    [column('a')],
    'input X has shape [-1, 2], that is 2 values a row, but 1 columns fill it (a)',
  ],
  [
    'a tensor without columns',
    [FEATURES, tensor('W', 'FP32', [-1, 1])],
    [column('a', { tensor: 'X' }), column('b', { tensor: 'X' })],
    'input W',
  ],
  [
    'a column without a tensor',
    [tensor('a', 'FP32', [-1, 1]), tensor('b', 'FP32', [-1, 1])],
    [column('c')],
    'column c belongs to no input of the graph (a, b)',
  ],
])('%s is refused', (_, inputs, columns, message) => {
  expect(() => layColumns(inputs, columns)).toThrow(message);
});
