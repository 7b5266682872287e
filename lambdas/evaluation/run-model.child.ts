import { readFile } from 'node:fs/promises';
import { loadOnnxSession } from '../scoring/adapters/onnx-session';
import type { Tensors } from '../scoring/domain/tensor';
import type { OnnxSession } from '../scoring/ports';
import type { FromModel, LoadedModel, ToModel } from './model-protocol';

/** One version runs in this process and dies with it. */
let session: OnnxSession | undefined;

/** Native code is loaded while the graph is still on its way. */
const onnxruntime = (require('onnxruntime-node') as typeof import('onnxruntime-node')).env.versions;

/** Runs before the clock starts, so that first allocations are not counted. */
const WARM_UP_RUNS = 3;

const loaded = (): OnnxSession => {
  if (session === undefined) throw new Error('no graph is loaded');
  return session;
};

const load = async (path: string, threads: number): Promise<Required<LoadedModel>> => {
  const graph = await readFile(path);
  const start = performance.now();
  session = await loadOnnxSession(graph, { threads });
  const { inputs, outputs } = session;
  const loadMs = performance.now() - start;
  return { loadMs, inputs, outputs, onnxruntime: onnxruntime.node ?? onnxruntime.common };
};

const time = async (inputs: Tensors, runs: number, budgetMs: number): Promise<Float64Array> => {
  for (let run = 0; run < WARM_UP_RUNS; run++) await loaded().run(inputs);
  const samples: number[] = [];
  const end = performance.now() + budgetMs;
  do {
    const start = performance.now();
    await loaded().run(inputs);
    samples.push(performance.now() - start);
  } while (samples.length < runs && performance.now() < end);
  return Float64Array.from(samples);
};

const answer = async (message: ToModel): Promise<FromModel> => {
  switch (message.type) {
    case 'load':
      return { type: 'loaded', ...(await load(message.path, message.threads)) };
    case 'run':
      return { type: 'ran', outputs: await loaded().run(message.inputs) };
    case 'time':
      return { type: 'timed', samples: await time(message.inputs, message.runs, message.budgetMs) };
  }
};

const failure = (error: unknown): FromModel => ({
  type: 'failed',
  reason: error instanceof Error ? error.message : String(error),
});

process.on('message', async (message: ToModel) => {
  process.send?.(await answer(message).catch(failure));
});
// Nobody waits for an answer any more.
process.on('disconnect', () => process.exit(0));
