import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForkedModel } from '../../lambdas/evaluation/adapters/forked-model';
import type { ModelLimits } from '../../lambdas/evaluation/ports';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { buildChild } from './built-child';
import { FIXTURES } from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'forked-model-'));
const child = buildChild();
const opened: ForkedModel[] = [];
afterEach(() => {
  for (const model of opened.splice(0)) model.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (script: string, limits: Partial<ModelLimits> = {}): ForkedModel => {
  const model = new ForkedModel({ memoryBytes: 2 ** 30, timeMs: 60_000, ...limits, script, threads: 1 });
  opened.push(model);
  return model;
};

const faulty = (fault: string, limits: Partial<ModelLimits> = {}): readonly [ForkedModel, string] => {
  const path = join(folder, fault.replaceAll(' ', '-'));
  writeFileSync(path, fault);
  return [open(join(FIXTURES, 'faulty-model.cjs'), limits), path];
};

const INPUTS: Tensors = { X: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) } };

const rejected = (code: string, message: RegExp) => ({ rejection: { code, message: expect.stringMatching(message) } });

test('a graph is loaded, run and timed in a process of its own', async () => {
  const model = open(child);
  const loaded = await model.load(join(FIXTURES, 'sum.onnx'));
  expect(loaded).toMatchObject({ inputs: [{ name: 'X', shape: [-1, 2] }], outputs: [{ name: 'score' }] });
  expect(loaded.onnxruntime).toMatch(/^\d+\.\d+/);
  const outputs = await model.run(INPUTS, 'scoring');
  expect(outputs.score).toEqual({ datatype: 'FP32', shape: [1, 1], data: Float32Array.of(3) });
  const samples = await model.time(INPUTS, 7, 1000);
  expect(samples).toHaveLength(7);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(model.peakMemoryBytes).toBeGreaterThan(2 ** 20);
});

test('inputs that the graph refuses are a failure of the run, with what the runtime says', async () => {
  const model = open(child);
  await model.load(join(FIXTURES, 'sum.onnx'));
  const wrong = { X: { datatype: 'FP64', shape: [1, 2], data: Float64Array.of(1, 2) } } as const;
  await expect(model.run(wrong, 'scoring rows 1–1')).rejects.toMatchObject(
    rejected('run-failed', /^the model failed while scoring rows 1–1: /),
  );
});

test.each([
  ['crashes at load', 'runtime-crashed', /crashed the runtime \(signal SIGSEGV\) while loading/],
  ['exits', 'runtime-crashed', /ended its process \(exit code 7\) while loading/],
  ['answers another question', 'runtime-crashed', /took over its process .* while loading/],
])('a process that %s at load is a rejection', async (fault, code, message) => {
  const [model, path] = faulty(fault);
  await expect(model.load(path)).rejects.toMatchObject(rejected(code, message));
});

test.each([
  [
    'crashes at run',
    'runtime-crashed',
    /crashed the runtime \(signal SIGSEGV\) while scoring; run it with onnxruntime 0/,
  ],
  ['babbles', 'runtime-crashed', /sent something that is no answer while scoring/],
  ['fills no shape', 'runtime-crashed', /sent something that is no answer while scoring/],
])('a process that %s is a rejection', async (fault, code, message) => {
  const [model, path] = faulty(fault);
  await model.load(path);
  await expect(model.run(INPUTS, 'scoring')).rejects.toMatchObject(rejected(code, message));
});

test('a process that hangs is ended at its time limit', async () => {
  const [model, path] = faulty('hangs', { timeMs: 400 });
  await model.load(path);
  const start = Date.now();
  await expect(model.run(INPUTS, 'scoring')).rejects.toMatchObject(
    rejected('timed-out', /still not done after 0.4 s while scoring/),
  );
  expect(Date.now() - start).toBeLessThan(2000);
});

test('a process that hoards memory is ended at its limit', async () => {
  const [model, path] = faulty('hoards', { memoryBytes: 200 * 2 ** 20 });
  await model.load(path);
  await expect(model.run(INPUTS, 'scoring')).rejects.toMatchObject(
    rejected('out-of-memory', /more than the 200 MB .* while scoring/),
  );
  expect(model.peakMemoryBytes).toBeLessThan(800 * 2 ** 20);
});

test('the process knows nothing of its surroundings but where Node finds ONNX Runtime', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  const [model, path] = faulty('tells its surroundings');
  const { onnxruntime } = await model.load(path);
  expect(['LD_LIBRARY_PATH', 'NODE_PATH', 'PATH']).toEqual(expect.arrayContaining(onnxruntime?.split(',') ?? []));
});

test('after it was closed, a process answers nothing', async () => {
  const model = open(child);
  model.close();
  await expect(model.load(join(FIXTURES, 'sum.onnx'))).rejects.toMatchObject(rejected('runtime-crashed', /was ended/));
});
