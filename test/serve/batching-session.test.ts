import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import type { OnnxSession } from '../../lambdas/scoring/ports';
import { BatchingSession } from '../../serve/batching-session';
import { canBatch } from '../../serve/can-batch';
import { fixtureGraph } from '../scoring/versions';

const load = (name: string) => loadOnnxSession(fixtureGraph(name), { threads: 1 });
const rowsOf = (...first: number[]): Tensors => ({
  X: { datatype: 'FP32', shape: [first.length, 3], data: Float32Array.from(first.flatMap((x) => [x, 1, 2])) },
});
const OPTIONS = { maxRows: 16, maxWaitMs: 0, isShared: () => true };

/** A session that says how many rows each of its runs had. */
const counted = (session: OnnxSession, runs: number[]): OnnxSession => ({
  inputs: session.inputs,
  outputs: session.outputs,
  run: (inputs) => {
    runs.push(Object.values(inputs)[0]?.shape[0] ?? 0);
    return session.run(inputs);
  },
  release: () => session.release(),
});

test('requests that come together run together, and each gets its own rows', async () => {
  const session = await load('binary');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
      async (requests) => {
        const batching = new BatchingSession(session, OPTIONS);
        const together = await Promise.all(requests.map((first) => batching.run(rowsOf(...first))));
        for (const [at, first] of requests.entries()) {
          const alone = await session.run(rowsOf(...first));
          expect(together[at]?.label).toEqual(alone.label);
          expect(Array.from(together[at]?.probabilities?.data as Float32Array)).toEqual(
            Array.from(alone.probabilities?.data as Float32Array, (p) => expect.closeTo(p, 5)),
          );
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a batch holds as many rows as it may, and a request with more runs alone', async () => {
  const runs: number[] = [];
  const batching = new BatchingSession(counted(await load('binary'), runs), { ...OPTIONS, maxRows: 4 });
  await Promise.all([1, 2, 3, 4, 5, 6].map((x) => batching.run(rowsOf(x))));
  expect(runs).toEqual([4, 2]);
  await batching.run(rowsOf(1, 2, 3, 4, 5));
  expect(runs.at(-1)).toBe(5);
});

test('a batch waits for as long as each turn brings another request, and no longer', async () => {
  const runs: number[] = [];
  const batching = new BatchingSession(counted(await load('binary'), runs), OPTIONS);
  const first = batching.run(rowsOf(1));
  await turn();
  await Promise.all([first, batching.run(rowsOf(2))]);
  expect(runs).toEqual([2]);
  const third = batching.run(rowsOf(3));
  await turn();
  await turn();
  expect(runs).toEqual([2, 1]);
  await third;
});

test('where no others can come nothing waits', async () => {
  const runs: number[] = [];
  let isShared = false;
  const batching = new BatchingSession(counted(await load('binary'), runs), { ...OPTIONS, isShared: () => isShared });
  const alone = batching.run(rowsOf(1));
  expect(runs).toEqual([1]);
  isShared = true;
  const together = [2, 3].map((x) => batching.run(rowsOf(x)));
  expect(runs).toEqual([1]);
  await Promise.all([alone, ...together]);
  expect(runs).toEqual([1, 2]);
});

test('a request that the model fails on fails alone', async () => {
  const session = await load('binary');
  const picky: OnnxSession = {
    ...counted(session, []),
    run: async (inputs) => {
      if (Array.from<unknown>(inputs.X?.data ?? []).includes(13)) throw new Error('unlucky');
      return session.run(inputs);
    },
  };
  const batching = new BatchingSession(picky, OPTIONS);
  const settled = await Promise.allSettled([1, 13, 2].map((x) => batching.run(rowsOf(x))));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('requests of different shapes are answered nevertheless', async () => {
  const batching = new BatchingSession(await load('identity'), OPTIONS);
  const [input] = batching.inputs;
  expect(input).toBeDefined();
  const wide = (n: number) => ({
    [input?.name ?? '']: { datatype: 'FP32' as const, shape: [n], data: Float32Array.from({ length: n }, () => n) },
  });
  const answers = await Promise.all([1, 2, 3].map((n) => batching.run(wide(n)).catch(() => 'refused')));
  expect(answers).toHaveLength(3);
});

test('a graph that keeps its rows apart may be batched', async () => {
  expect(await canBatch(await load('binary'))).toBe(true);
});

test('a graph that mixes its rows may not', async () => {
  const session = await load('binary');
  const mixing: OnnxSession = {
    ...counted(session, []),
    run: async (inputs) => {
      const { X } = inputs;
      const data = X?.data as Float32Array;
      const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
      return {
        y: { datatype: 'FP32', shape: [X?.shape[0] ?? 0], data: new Float32Array(X?.shape[0] ?? 0).fill(mean) },
      };
    },
  };
  expect(await canBatch(mixing)).toBe(false);
});
