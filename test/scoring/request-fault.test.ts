import fc from 'fast-check';
import { decodeRequest } from '../../lambdas/scoring/domain/decode-request';
import { BINARY_SIGNATURE } from './versions';

const X = { name: 'X', shape: [2, 3], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6] };
const request = (input: object = {}, rest: object = {}) => ({ inputs: [{ ...X, ...input }], ...rest });

test.each<[string, unknown, RegExp]>([
  ['no object', [], /^the request: expected an object, given a list$/],
  ['no inputs', {}, /^inputs: expected a list, it is missing$/],
  ['empty inputs', { inputs: [] }, /^inputs: expected at least 1 in the list, given 0$/],
  ['an input without a name', request({ name: undefined }), /^inputs\.0\.name: expected a string, it is missing$/],
  ['a name that is none', request({ name: 7 }), /^inputs\.0\.name: expected a string, given 7$/],
  ['an input that is none', { inputs: [X, null] }, /^inputs\.1: expected an object, given null$/],
  ['no datatype', request({ datatype: undefined }), /^inputs\.0\.datatype: expected one of BOOL, .*, it is missing$/],
  ['no shape', request({ shape: undefined }), /^inputs\.0\.shape: expected a list, it is missing$/],
  ['too many dimensions', request({ shape: Array(9).fill(1) }), /^inputs\.0\.shape: .*at most 8 in the list, given 9$/],
  [
    'a dimension beyond numbers',
    request({ shape: [2n ** 63n, 3] }),
    /shape\.0: .*below 2⁵³, given 9223372036854775808$/,
  ],
  ['an infinite dimension', request({ shape: [1 / 0, 3] }), /shape\.0: .*below 2⁵³, given Infinity$/],
  ['a long id', request({}, { id: 'x'.repeat(257) }), /^id: expected at most 256 characters, given 257$/],
  ['parameters of the wrong kind', request({}, { parameters: [] }), /^parameters: expected an object, given a list$/],
  ['an output without a name', request({}, { outputs: [{}] }), /^outputs\.0\.name: expected a string, it is missing$/],
  [
    'an odd parameter of an output',
    request({}, { outputs: [{ name: 'label', parameters: { binary_data: 1 } }] }),
    /^outputs\.0\.parameters\.binary_data: expected true or false, given 1$/,
  ],
  ['an unknown datatype', request({ datatype: 'float' }), /inputs\.0\.datatype: expected one of .*, given "float"$/],
  ['a negative dimension', request({ shape: [-1, 3] }), /inputs\.0\.shape\.0: expected at least 0, given -1$/],
  [
    'a fractional dimension',
    request({ shape: [1.5, 3] }),
    /inputs\.0\.shape\.0: expected a whole number.*, given 1\.5$/,
  ],
  ['data that is no list', request({ data: 'abc' }), /^inputs\.0\.data: expected a list, given "abc"$/],
])('a request with %s is refused at its place, in the words of JSON', (_, body, message) => {
  const refusal = { code: 'invalid-input', message: expect.stringMatching(message) };
  expect(() => decodeRequest(body, BINARY_SIGNATURE)).toThrow(expect.objectContaining(refusal));
});

test('whatever is wrong with a request, the message speaks of JSON', () => {
  const odd = fc.constantFrom(undefined, null, true, 1.5, -1, 2n ** 70n, 1e300, 'x', 'x'.repeat(2000), [], [[]], {});
  const part = (fields: Record<string, unknown>) =>
    fc.tuple(fc.constantFrom(...Object.keys(fields)), odd).map(([key, value]) => ({ ...fields, [key]: value }));
  const input = part({ ...X, parameters: {} });
  const output = part({ name: 'label', parameters: {} });
  const parameters = part({ binary_data_output: true, input_uri: 's3://a/b' });
  const body = fc
    .tuple(input, output, parameters)
    .chain(([one, other, given]) => part({ id: '1', parameters: given, inputs: [one], outputs: [other] }));
  fc.assert(
    fc.property(fc.oneof(odd, body), (request) => {
      try {
        decodeRequest(request, BINARY_SIGNATURE);
      } catch (error) {
        expect((error as Error).message).not.toMatch(/undefined|Invalid|received|Too |bigint/);
      }
    }),
    { numRuns: 1000 },
  );
});
