import type { Signature, Tensor } from '../../lambdas/registry/contract';
import { decodeInvocation } from '../../lambdas/scoring/domain/decode-invocation';
import { mediaTypeOf } from '../../lambdas/scoring/domain/media-type';
import { BINARY_SIGNATURE } from './versions';

export const OUTPUTS = BINARY_SIGNATURE.outputs;
export const tensor = (name: string, datatype: Tensor['datatype'], shape: number[]): Tensor => ({
  name,
  datatype,
  shape,
});
export const bare = (...inputs: Tensor[]): Signature => ({ inputs, outputs: OUTPUTS, columns: [] });
/** Every type of column, each in a tensor of its own. */
export const TYPED: Signature = {
  inputs: [
    tensor('age', 'FP32', [-1, 1]),
    tensor('id', 'INT64', [-1, 1]),
    tensor('count', 'INT32', [-1]),
    tensor('region', 'BYTES', [-1, 1]),
    tensor('new', 'BOOL', [-1]),
  ],
  outputs: OUTPUTS,
  columns: [
    { name: 'age', type: 'double' },
    { name: 'id', type: 'long' },
    { name: 'count', type: 'integer', missing: -1 },
    { name: 'region', type: 'string' },
    { name: 'new', type: 'boolean' },
  ],
};
export const ROW = { age: 30.5, id: 7, count: 2, region: 'n', new: true };

export const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
export const json = (body: unknown, signature: Signature = BINARY_SIGNATURE) =>
  decodeInvocation(text(body), mediaTypeOf('application/json'), signature);
export const csv = (body: string, signature: Signature = BINARY_SIGNATURE, type = 'text/csv') =>
  decodeInvocation(body, mediaTypeOf(type), signature);
export const refused = (message: RegExp, code = 'invalid-input') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

export const TWO_ROWS = { datatype: 'FP32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
