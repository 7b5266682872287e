import type { AcceptedVersion } from '../../lambdas/registry/contract';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import type { OnnxSession } from '../../lambdas/scoring/ports';
import { SessionCache } from '../../lambdas/scoring/session-cache';
import { warmUp } from '../../lambdas/scoring/warm-up';
import { BINARY_SIGNATURE, versionOf } from './versions';

const NO_FILES = { readFile: async () => Buffer.from('age,income,tenure\n1,2,3\n'), copyGraph: async () => undefined };

const world = (bytes: number, maxBytes: number) => {
  const state = { loads: 0, released: 0, runs: 0 };
  const load = async (): Promise<OnnxSession> => {
    state.loads++;
    return {
      inputs: BINARY_SIGNATURE.inputs,
      outputs: BINARY_SIGNATURE.outputs,
      run: async () => {
        state.runs++;
        return {};
      },
      release: async () => {
        state.released++;
      },
    };
  };
  const artifacts = { ...NO_FILES, readGraph: async () => new Uint8Array(bytes) };
  return { state, cache: new SessionCache({ artifacts, load, maxBytes }) };
};
const versions = (count: number): AcceptedVersion[] =>
  Array.from({ length: count }, (_, i) => versionOf('binary', i + 1));
const run = (session: OnnxSession) => session.run({});

test('callers that come together load a version once, and it is warmed before the first of them', async () => {
  const { state, cache } = world(10, 100);
  const [version] = versions(1) as [AcceptedVersion];
  await Promise.all([1, 2, 3].map(() => cache.use(version, run)));
  expect(state).toEqual({ loads: 1, released: 0, runs: 4 });
});

test('the least recently used session is released when bytes run out', async () => {
  const { state, cache } = world(40, 100);
  const [a, b, c] = versions(3) as [AcceptedVersion, AcceptedVersion, AcceptedVersion];
  for (const version of [a, b, a, c, a]) await cache.use(version, run);
  expect(state).toMatchObject({ loads: 3, released: 1 });
  await cache.use(b, run);
  expect(state.loads).toBe(4);
});

test('a session is never released under a run', async () => {
  const { state, cache } = world(60, 100);
  const [a, b] = versions(2) as [AcceptedVersion, AcceptedVersion];
  await cache.use(a, async () => {
    await cache.use(b, run);
    expect(state.released).toBe(0);
  });
  expect(state.released).toBe(1);
});

test('a graph larger than the cache is kept alone', async () => {
  const { state, cache } = world(1000, 100);
  const [a] = versions(1) as [AcceptedVersion];
  await cache.use(a, run);
  await cache.use(a, run);
  expect(state).toMatchObject({ loads: 1, released: 0 });
  cache.clear();
  expect(state.released).toBe(1);
});

test('a failed load is tried again by the next caller', async () => {
  let attempts = 0;
  const artifacts = {
    readGraph: async () => {
      attempts++;
      if (attempts === 1) throw new Error('S3 is away');
      return new Uint8Array(1);
    },
    ...NO_FILES,
  };
  const session = { inputs: [], outputs: [], run: async () => ({}), release: async () => undefined };
  const cache = new SessionCache({ artifacts, load: async () => session, maxBytes: 10 });
  const [a] = versions(1) as [AcceptedVersion];
  await expect(cache.use(a, run)).rejects.toThrow('S3 is away');
  await expect(cache.use(a, run)).resolves.toEqual({});
});

const golden = (text: string, manifest: object = { golden: { data: 'golden.csv' } }) => {
  const version = versionOf('binary', 1, { manifest });
  const file = { path: 'golden.csv', size: text.length, sha256: 'a'.repeat(64) };
  const seen: Tensors[] = [];
  const session: OnnxSession = {
    inputs: BINARY_SIGNATURE.inputs,
    outputs: BINARY_SIGNATURE.outputs,
    run: async (inputs) => {
      seen.push(inputs);
      throw new Error('this graph refuses everything');
    },
    release: async () => undefined,
  };
  const readFile = async () => Buffer.from(text);
  const artifacts = { ...NO_FILES, readGraph: async () => new Uint8Array(), readFile };
  const warmed = warmUp(session, { ...version, files: [...version.files, file] }, artifacts);
  return warmed.then(() => seen.map(({ X }) => X?.data));
};
const ZEROS = [0, 0, 0];

test.each<[string, string, number[][]]>([
  ['the golden row by name, expected outputs left aside', 'tenure,label,age,income\n3,1,1,2\n', [[1, 2, 3], ZEROS]],
  ['the first of many', `age,income,tenure\n${'1,2,3\n'.repeat(5000)}`, [[1, 2, 3], ZEROS]],
  ['the first, whatever follows', 'age,income,tenure\n1,2,3\n4,five\n"', [[1, 2, 3], ZEROS]],
  ['zeros where the golden row does not fit', 'age,income\n1,2\n', [ZEROS]],
  ['zeros where there is no golden row', 'age,income,tenure\n', [ZEROS]],
  ['zeros where the golden file is no CSV', '"', [ZEROS]],
  ['zeros where the golden file is no sample', `age,income,tenure\n${'1,2,3\n'.repeat(50_000)}`, [ZEROS]],
])('a session is warmed with %s; with zeros where the graph refuses that', async (_, text, expected) => {
  expect(await golden(text)).toEqual(expected.map((row) => Float32Array.from(row)));
});

test('a session without a golden sample is warmed with zeros', async () => {
  expect(await golden('age,income,tenure\n1,2,3\n', {})).toEqual([Float32Array.from(ZEROS)]);
});

test('a session that took its golden row is not run again', async () => {
  const { state, cache } = world(10, 100);
  const sample = { path: 'golden.csv', size: 30, sha256: 'a'.repeat(64) };
  const version = versionOf('binary', 1, { manifest: { golden: { data: 'golden.csv' } } });
  await cache.use({ ...version, files: [...version.files, sample] }, run);
  expect(state.runs).toBe(2);
});
