import { manifestSchema } from '../../lambdas/registry/contract';
import {
  encodeResponse as encodeToWire,
  type InferenceAnswer,
  respondedOutputs,
} from '../../lambdas/scoring/domain/encode-response';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { BINARY_SIGNATURE } from './versions';

const answer = (outputs: Tensors, rest: object = {}) => ({
  model: 'credit',
  version: 3,
  id: undefined,
  outputs,
  respond: Object.keys(outputs).map((name) => ({ name, binary: false })),
  predictionIds: [],
  ...rest,
});

const encodeResponse = (one: InferenceAnswer): string => String(encodeToWire(one).body);

test('the response names model, version, id and outputs', () => {
  const outputs: Tensors = { y: { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(0.5, -1) } };
  expect(JSON.parse(encodeResponse(answer(outputs, { id: 'call-1', predictionIds: ['p'] })))).toEqual({
    model_name: 'credit',
    model_version: '3',
    id: 'call-1',
    parameters: { prediction_id: 'p' },
    outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 1], data: [0.5, -1] }],
  });
});

test('several rows get a list of prediction ids, none get no parameters', () => {
  const outputs: Tensors = { y: { datatype: 'INT32', shape: [2], data: Int32Array.of(1, 2) } };
  expect(JSON.parse(encodeResponse(answer(outputs, { predictionIds: ['p', 'q'] })))).toMatchObject({
    parameters: { prediction_ids: ['p', 'q'] },
  });
  expect(JSON.parse(encodeResponse(answer(outputs)))).not.toHaveProperty('parameters');
});

test('64-bit integers keep every digit', () => {
  const outputs: Tensors = { y: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(9007199254740993n) } };
  expect(encodeResponse(answer(outputs))).toContain('"data":[9007199254740993]');
});

test('booleans, strings and numbers that JSON cannot carry are written as clients read them', () => {
  const outputs: Tensors = {
    b: { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    s: { datatype: 'BYTES', shape: [1], data: ['a "quoted" name'] },
    f: { datatype: 'FP64', shape: [3], data: Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1e21) },
  };
  expect(JSON.parse(encodeResponse(answer(outputs))).outputs.map((o: { data: unknown }) => o.data)).toEqual([
    [true, false],
    ['a "quoted" name'],
    [null, null, 1e21],
  ]);
});

test('a manifest chooses outputs by their role or name; without it all are sent', () => {
  const manifest = (output: object) => manifestSchema.parse({ output });
  const score = { tensor: 'probabilities', kind: 'probability' };
  expect(respondedOutputs(BINARY_SIGNATURE, manifestSchema.parse({}))).toEqual(['label', 'probabilities']);
  expect(respondedOutputs(BINARY_SIGNATURE, manifest({ score, respond: ['score'] }))).toEqual(['probabilities']);
  expect(respondedOutputs(BINARY_SIGNATURE, manifest({ respond: ['label'] }))).toEqual(['label']);
  expect(respondedOutputs(BINARY_SIGNATURE, manifest({ respond: ['nothing'] }))).toEqual(['label', 'probabilities']);
});
