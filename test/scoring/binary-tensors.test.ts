import fc from 'fast-check';
import { type Datatype, datatypeSchema } from '../../lambdas/registry/contract';
import { readBinaryTensor, writeBinaryTensor } from '../../lambdas/scoring/domain/binary-tensors';
import { decodeRequest } from '../../lambdas/scoring/domain/decode-request';
import { fromHalf, toHalf } from '../../lambdas/scoring/domain/half-precision';
import { splitBody } from '../../lambdas/scoring/domain/split-body';
import { ARRAYS, type TensorData } from '../../lambdas/scoring/domain/tensor';
import { INFER, ROUTES, world } from './scoring-world';
import { BINARY_SIGNATURE } from './versions';

const dataOf = (datatype: Datatype): fc.Arbitrary<TensorData> => {
  if (datatype === 'BYTES') return fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 });
  if (datatype === 'BOOL') return fc.uint8Array({ max: 1 });
  const Elements = ARRAYS[datatype];
  return fc.uint8Array({ maxLength: 160 }).map((bytes) => {
    const whole = bytes.length - (bytes.length % Elements.BYTES_PER_ELEMENT);
    return new Elements(Uint8Array.from(bytes.subarray(0, whole)).buffer);
  });
};

test.each(datatypeSchema.options)('%s elements come back as they were sent, wherever their bytes begin', (datatype) => {
  fc.assert(
    fc.property(dataOf(datatype), fc.integer({ min: 0, max: 7 }), (data, shift) => {
      const bytes = writeBinaryTensor({ datatype, shape: [data.length], data });
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
      expect(readBinaryTensor(shifted, datatype, data.length, 'x')).toEqual(data);
    }),
  );
});

test('any byte string is a tensor or a precise refusal', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(...datatypeSchema.options),
      fc.nat(20),
      (bytes, datatype, length) => {
        try {
          expect(readBinaryTensor(Buffer.from(bytes), datatype, length, 'input x')).toHaveLength(length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('input x') });
        }
      },
    ),
  );
});

test('every half is a number that comes back as itself, and every number goes to the nearest half', () => {
  for (let bits = 0; bits < 0x1_0000; bits++) {
    const value = fromHalf(bits);
    if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
  }
  // Oracle: struct.pack("<e", x) of Python.
  expect([65_519.99, 2 ** -25, 2 ** -25 * 1.01, 0.1].map(toHalf)).toEqual([31743, 0, 1, 11878]);
  expect([toHalf(65_520), toHalf(-1e9), toHalf(Number.NaN)]).toEqual([0x7c00, 0xfc00, 0x7e00]);
});

const X = { name: 'X', shape: [2, 3], datatype: 'FP32' };
const sixFloats = Buffer.from(Float32Array.of(9, 0, 0, -9, 0, 0).buffer);
const binary = (json: object, ...tail: Buffer[]) => {
  const head = Buffer.from(JSON.stringify(json));
  return { body: Buffer.concat([head, ...tail]), header: { 'inference-header-content-length': String(head.length) } };
};
const withSize = (size: number) => ({ inputs: [{ ...X, parameters: { binary_data_size: size } }] });

test.each<[string, object, Buffer, RegExp]>([
  ['too few bytes', withSize(24), sixFloats.subarray(4), /input X: binary_data_size is 24, but 20 bytes are left/],
  ['bytes of nobody', withSize(24), Buffer.concat([sixFloats, sixFloats]), /24 bytes belong to no input/],
  ['a size that is not the shape’s', withSize(20), sixFloats.subarray(4), /6 elements of FP32 are 24 bytes/],
  ['a negative size', withSize(-1), sixFloats, /inputs\.0\.parameters\.binary_data_size/],
  [
    'data twice',
    { inputs: [{ ...X, data: [1], parameters: { binary_data_size: 24 } }] },
    sixFloats,
    /both data and binary_data_size/,
  ],
])('a binary request with %s is refused', (_, json, bytes, message) => {
  expect(() => decodeRequest(json, BINARY_SIGNATURE, bytes)).toThrow(message);
});

test.each(['0', '1', '-5', 'ten', '1e3', '99999'])('a JSON length of %s is refused', (length) => {
  expect(() => splitBody(Buffer.from('{"inputs":[]}'), length)).toThrow('Inference-Header-Content-Length');
});

test('a binary request gets a binary answer where it asks for one, output by output', async () => {
  const { body, header } = binary(
    {
      ...withSize(24),
      parameters: { binary_data_output: true },
      outputs: [{ name: 'label', parameters: { binary_data: false } }, { name: 'probabilities' }],
    },
    sixFloats,
  );
  const response = await world(ROUTES.champion).call('POST', INFER, body, undefined, 'k', header);
  expect(response).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    json: {
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [2], data: [1, 0] },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } },
      ],
    },
  });
  const tail = Buffer.from(response.body).subarray(Number(response.headers['inference-header-content-length']));
  const probabilities = readBinaryTensor(tail, 'FP32', 4, 'probabilities') as Float32Array;
  expect(probabilities[1]).toBeCloseTo(1, 3);
  expect(probabilities[2]).toBeCloseTo(1, 3);
});

test('what asks for an extension that is not offered is told so', async () => {
  const { call } = world(ROUTES.champion);
  const input = { ...X, data: [1, 2, 3, 4, 5, 6] };
  expect(
    await call('POST', INFER, {
      inputs: [input],
      outputs: [{ name: 'label', parameters: { classification: 1 } }],
    }),
  ).toMatchObject({ status: 400, json: { error: expect.stringContaining('classification') } });
  expect(
    await call('POST', INFER, { inputs: [input], parameters: { input_uri: 's3://bucket/requests/a/b' } }),
  ).toMatchObject({ status: 400, json: { error: expect.stringContaining('takes no references') } });
});
