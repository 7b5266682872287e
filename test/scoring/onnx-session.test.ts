import { execFileSync } from 'node:child_process';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { BINARY_SIGNATURE, fixtureGraph } from './versions';

const load = (name: string) => loadOnnxSession(fixtureGraph(name), { threads: 1 });

test('a graph’s own signature is read from it', async () => {
  const session = await load('binary');
  expect(session.inputs).toEqual(BINARY_SIGNATURE.inputs);
  expect(session.outputs).toEqual(BINARY_SIGNATURE.outputs);
  await session.release();
});

test('a graph runs on typed tensors', async () => {
  const session = await load('binary');
  const outputs = await session.run({
    X: { datatype: 'FP32', shape: [2, 3], data: Float32Array.of(9, 0, 0, -9, 0, 0) },
  });
  expect(outputs.label).toEqual({ datatype: 'INT64', shape: [2], data: BigInt64Array.of(1n, 0n) });
  expect(outputs.probabilities?.shape).toEqual([2, 2]);
  await session.release();
});

test('every datatype passes through unchanged', async () => {
  const session = await load('identity');
  const inputs: Tensors = {
    bool: { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    uint8: { datatype: 'UINT8', shape: [1], data: Uint8Array.of(255) },
    uint16: { datatype: 'UINT16', shape: [1], data: Uint16Array.of(65_535) },
    uint32: { datatype: 'UINT32', shape: [1], data: Uint32Array.of(4_294_967_295) },
    uint64: { datatype: 'UINT64', shape: [1], data: BigUint64Array.of(18_446_744_073_709_551_615n) },
    int8: { datatype: 'INT8', shape: [1], data: Int8Array.of(-128) },
    int16: { datatype: 'INT16', shape: [1], data: Int16Array.of(-32_768) },
    int32: { datatype: 'INT32', shape: [1], data: Int32Array.of(-2_147_483_648) },
    int64: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(-9_223_372_036_854_775_808n) },
    float: { datatype: 'FP32', shape: [1], data: Float32Array.of(0.5) },
    double: { datatype: 'FP64', shape: [1], data: Float64Array.of(0.1) },
    string: { datatype: 'BYTES', shape: [1], data: ['grün'] },
  };
  const outputs = await session.run(inputs);
  for (const [name, tensor] of Object.entries(inputs)) expect(outputs[`${name}_out`]).toEqual(tensor);
  await session.release();
});

test('strings and 64-bit integers are features like any others', async () => {
  const session = await load('mixed');
  const outputs = await session.run({
    age: { datatype: 'INT64', shape: [2, 1], data: BigInt64Array.of(1n, 40n) },
    region: { datatype: 'BYTES', shape: [2, 1], data: ['e', 'n'] },
  });
  expect(outputs.label).toMatchObject({ datatype: 'BYTES', data: ['three', 'many'] });
  expect(outputs.score).toMatchObject({ datatype: 'FP64', data: Float64Array.of(3, 40) });
  await session.release();
});

test('inputs that the graph cannot take are an error of the run, not of the process', async () => {
  const session = await load('binary');
  const wrong = { X: { datatype: 'FP32', shape: [1, 4], data: new Float32Array(4) } } as const;
  await expect(session.run(wrong)).rejects.toMatchObject({ code: 'upstream-failed' });
  await session.release();
});

test.each([
  ['future-opset', 'unsupported', /newer operator set.*Opset 999/],
  ['unknown-operator', 'unsupported', /operator that is not scored here.*Prophesy/],
  ['external-weights', 'unsupported', /second file.*save_as_external_data/],
])('the graph %s is refused with what to change', async (name, code, message) => {
  await expect(load(name)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('half precision goes through as its bits', async () => {
  const session = await load('half');
  const x = { datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) } as const;
  expect(await session.run({ x })).toEqual({ y: x });
});

test('half precision comes out as its bits where there is a Float16Array', () => {
  const script = `
    globalThis.Float16Array = class Float16Array extends Uint16Array {};
    const { loadOnnxSession } = require('./lambdas/scoring/adapters/onnx-session');
    const graph = require('node:fs').readFileSync('test/scoring/fixtures/half.onnx');
    const x = { datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) };
    loadOnnxSession(graph, { threads: 1 })
      .then((session) => session.run({ x }))
      .then(({ y }) => console.log(y.data.constructor.name, ...y.data));`;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' });
  expect(printed.trim()).toBe('Uint16Array 15360 49152');
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('sepal_length,sepal_width')],
  ['a pickle', Buffer.from('80049523000000000000008c', 'hex')],
  ['half a graph', fixtureGraph('binary').subarray(0, 100)],
])('%s is no ONNX graph', async (_, bytes) => {
  await expect(loadOnnxSession(bytes, { threads: 1 })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('no ONNX graph'),
  });
});
