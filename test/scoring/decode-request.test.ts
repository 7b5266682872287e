import fc from 'fast-check';
import type { Column, Signature } from '../../lambdas/registry/contract';
import { decodeRequest } from '../../lambdas/scoring/domain/decode-request';
import { parseJson } from '../../lambdas/scoring/domain/parse-json';
import { BINARY_SIGNATURE } from './versions';

const X = { name: 'X', shape: [2, 3], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6] };
const request = (input: object = {}, rest: object = {}) => ({ inputs: [{ ...X, ...input }], ...rest });
const one = (datatype: string, data: unknown[], shape = [data.length]) => ({
  inputs: [{ name: 'x', datatype, shape, data }],
});
const signatureOf = (datatype: Signature['inputs'][number]['datatype'], shape = [-1]): Signature => ({
  inputs: [{ name: 'x', datatype, shape }],
  outputs: [{ name: 'y', datatype, shape }],
  columns: [],
});
const refused = (message: RegExp, code = 'invalid-input') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

test('flat and nested data in row-major order are the same', () => {
  const nested = decodeRequest(
    request({
      data: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    }),
    BINARY_SIGNATURE,
  );
  expect(nested).toEqual(decodeRequest(request(), BINARY_SIGNATURE));
  expect(nested).toEqual({
    id: undefined,
    rows: 2,
    outputs: undefined,
    binaryOutput: false,
    inputs: { X: { datatype: 'FP32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } },
  });
});

test('any tensor decodes to the same elements, flat or nested', () => {
  const shape = fc.tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
  );
  fc.assert(
    fc.property(shape, fc.infiniteStream(fc.integer()), ([a, b, c], stream) => {
      const numbers = [...stream.take(a * b * c)];
      const at = (i: number, j: number, k: number) => numbers[(i * b + j) * c + k];
      const nested = Array.from({ length: a }, (_, i) =>
        Array.from({ length: b }, (_, j) => Array.from({ length: c }, (_, k) => at(i, j, k))),
      );
      const signature = signatureOf('FP64', [-1, -1, -1]);
      const fromFlat = decodeRequest(one('FP64', numbers, [a, b, c]), signature);
      expect(decodeRequest(one('FP64', nested, [a, b, c]), signature)).toEqual(fromFlat);
      expect(fromFlat.inputs.x?.data).toEqual(Float64Array.from(numbers));
    }),
  );
});

test.each([
  ['BOOL', [true, false, 1], Uint8Array.of(1, 0, 1)],
  ['UINT8', [0, 255], Uint8Array.of(0, 255)],
  ['UINT64', [2 ** 53 - 1, 2n ** 64n - 1n], BigUint64Array.of(9007199254740991n, 18446744073709551615n)],
  ['INT64', [-(2n ** 63n), 7], BigInt64Array.of(-9223372036854775808n, 7n)],
  ['FP16', [0.1, -2, null], Uint16Array.of(0x2e66, 0xc000, 0x7e00)],
  ['FP32', [null, 1], Float32Array.of(Number.NaN, 1)],
  ['INT8', [-128], Int8Array.of(-128)],
  ['FP64', [1e300, 1], Float64Array.of(1e300, 1)],
  ['BYTES', ['a', ''], ['a', '']],
] as const)('%s elements are taken exactly', (datatype, data, expected) => {
  expect(decodeRequest(one(datatype, [...data]), signatureOf(datatype)).inputs.x?.data).toEqual(expected);
});

test.each([
  ['UINT8', [256], /input x, element 0: expected a value in range \(UINT8 is 0 to 255\), given 256/],
  ['INT32', [1, 2.5], /element 1: expected a whole number \(INT32\), given 2\.5/],
  ['INT64', [2n ** 63n], /INT64 is -9223372036854775808 to 9223372036854775807\), given 9223372036854775808/],
  ['FP16', [65_505], /within FP16's range/],
  ['FP16', ['1'], /expected a number \(FP16\)/],
  ['INT64', ['7'], /expected a whole number \(INT64\), given "7"/],
  ['UINT64', [-1], /expected a value in range/],
  ['FP32', [1e39], /within FP32's range, given 1e\+39/],
  ['FP32', [3.402823466385289e38], /within FP32's range/],
  ['FP64', [true], /expected a number \(FP64\), given true/],
  ['BOOL', [2], /expected true or false/],
  ['BYTES', [1], /expected a string \(BYTES\), given 1/],
] as const)('%s refuses %j', (datatype, data, message) => {
  expect(() => decodeRequest(one(datatype, [...data]), signatureOf(datatype))).toThrow(refused(message));
});

test.each<[string, unknown, RegExp]>([
  ['an unknown input', request({ name: 'Y' }), /input Y is not one of the model's: expected X/],
  ['the same input twice', { inputs: [X, X] }, /input X is given twice/],
  ['a wrong datatype', request({ datatype: 'FP64' }), /input X: expected datatype FP32, given FP64/],
  ['a wrong width', request({ shape: [2, 4] }), /expected shape \[-1, 3\].*given \[2, 4\]/],
  ['a wrong rank', request({ shape: [6] }), /given \[6\]/],
  ['no rows', request({ shape: [0, 3], data: [] }), /holds no rows/],
  ['too few elements', request({ data: [1, 2, 3] }), /shape \[2, 3\] holds 6 elements, data holds 3/],
  ['too many elements', request({ data: Array(7).fill(0) }), /holds 6 elements, data holds 7/],
  [
    'uneven nesting',
    request({
      data: [
        [1, 2, 3],
        [4, 5],
      ],
    }),
    /dimension 1 has 3 parts, given 2/,
  ],
  [
    'nesting too deep',
    request({
      data: [
        [[1], 2, 3],
        [4, 5, 6],
      ],
    }),
    /element 0: expected a number/,
  ],
  ['nesting that ends early', request({ data: [[1, 2, 3], 4] }), /dimension 1 has 3 parts, given no list/],
  [
    'binary data',
    request({ data: undefined, parameters: { binary_data_size: 24 } }),
    /binary_data_size is 24, but 0 bytes are left/,
  ],
  [
    'an unknown output',
    request({}, { outputs: [{ name: 'z' }] }),
    /output z is not one of the model's: label, probabilities/,
  ],
])('a request with %s is refused with the reason', (_, body, message) => {
  expect(() => decodeRequest(body, BINARY_SIGNATURE)).toThrow(refused(message));
});

test('a missing input is named with what it should be', () => {
  const signature = {
    ...BINARY_SIGNATURE,
    inputs: [...BINARY_SIGNATURE.inputs, { name: 'Z', datatype: 'INT64', shape: [-1] }],
  } as Signature;
  expect(() => decodeRequest(request(), signature)).toThrow(refused(/input Z \(INT64 \[-1\]\) is missing/));
});

test('inputs must agree on the number of rows', () => {
  const signature: Signature = {
    ...BINARY_SIGNATURE,
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [-1] },
      { name: 'b', datatype: 'FP32', shape: [-1] },
    ],
  };
  const body = {
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [2], data: [1, 2] },
      { name: 'b', datatype: 'FP32', shape: [1], data: [1] },
    ],
  };
  expect(() => decodeRequest(body, signature)).toThrow(refused(/a has 2, b has 1/));
});

test('a tensor beyond every limit is refused before it is allocated', () => {
  expect(() => decodeRequest(request({ shape: [1e9, 3], data: [] }), BINARY_SIGNATURE)).toThrow(
    refused(/at most/, 'too-large'),
  );
});

test('keys that clients add, context and asked-for outputs are let through', () => {
  const decoded = decodeRequest(
    {
      ...request({ parameters: { binary_data: false } }),
      id: 'call-1',
      model_name: 'credit',
      parameters: { context: { sex: ['f', 'm'], region: null, odd: { a: [1] } }, binary_data_output: true },
      outputs: [{ name: 'probabilities', parameters: { binary_data: true } }],
    },
    BINARY_SIGNATURE,
  );
  expect(decoded).toMatchObject({ id: 'call-1', rows: 2, outputs: [{ name: 'probabilities', binary: true }] });
});

test('NaN is no JSON, and the message says so', () => {
  expect(() => parseJson('{"data":[NaN]}')).toThrow(refused(/no JSON.*NaN and Infinity are no JSON/));
  expect(() => parseJson('{"a":')).toThrow(refused(/no JSON/));
});

describe('columns declared with unseen: reject', () => {
  const columns: Column[] = [
    { name: 'age', type: 'double', min: 18, max: 120, unit: 'years', unseen: 'reject' },
    { name: 'region', type: 'string', levels: ['n', 's', 'e'], encode: 'ordinal', unseen: 'reject' },
    { name: 'free', type: 'double', min: 0 },
  ];
  const signature = { ...BINARY_SIGNATURE, columns };
  const row = (...data: number[]) => request({ shape: [1, 3], data });

  test('admit what they declare, and leave other columns alone', () => {
    expect(decodeRequest(row(18, 2, -5), signature).rows).toBe(1);
  });

  test.each([
    [row(17, 0, 0), /column age, row 0: expected at least 18 years, given 17/],
    [row(121, 0, 0), /column age, row 0: expected at most 120 years, given 121/],
    [row(20, 3, 0), /column region, row 0: expected the position of a level, 0 to 2 \(n, s, e\), given 3/],
    [row(20, 0.5, 0), /column region/],
  ])('refuse what they do not', (body, message) => {
    expect(() => decodeRequest(body, signature)).toThrow(refused(message));
  });

  test.each(['FP16', 'FP32', 'FP64'] as const)(
    'admit their limits and what stands for missing, as %s holds them',
    (datatype) => {
      const tenths: Signature = {
        inputs: [{ name: 'rate', datatype, shape: [-1, 1] }],
        outputs: BINARY_SIGNATURE.outputs,
        columns: [{ name: 'rate', type: 'double', min: 0.1, max: 0.3, missing: -0.7, unseen: 'reject' }],
      };
      const rates = (...data: number[]) => ({ inputs: [{ name: 'rate', datatype, shape: [data.length, 1], data }] });
      expect(decodeRequest(rates(0.1, 0.3), tenths).rows).toBe(2);
      expect(decodeRequest(rates(-0.7), tenths).rows).toBe(1);
      expect(() => decodeRequest(rates(0.2, 0.31), tenths)).toThrow(
        refused(/column rate, row 1: expected at most 0.3/),
      );
      expect(() => decodeRequest(rates(0.09), tenths)).toThrow(refused(/column rate, row 0: expected at least 0.1/));
    },
  );

  test('hold strings to their levels', () => {
    const strings: Signature = {
      inputs: [{ name: 'region', datatype: 'BYTES', shape: [-1, 1] }],
      outputs: BINARY_SIGNATURE.outputs,
      columns: [{ name: 'region', type: 'string', levels: ['n', 's'], unseen: 'reject' }],
    };
    const body = { inputs: [{ name: 'region', datatype: 'BYTES', shape: [2, 1], data: ['n', 'x'] }] };
    expect(() => decodeRequest(body, strings)).toThrow(refused(/column region, row 1: expected one of n, s, given x/));
  });
});
