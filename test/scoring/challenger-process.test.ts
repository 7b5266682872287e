import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { AcceptedVersion } from '../../lambdas/registry/contract';
import { ChallengerProcess, type ChallengerProcessProps } from '../../lambdas/scoring/adapters/challenger-process';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import type { ArtifactReader, ChallengerAnswer } from '../../lambdas/scoring/ports';
import { fixtureArtifacts, fixturePath, versionOf } from './versions';

const FAULTY = fixturePath('faulty-challenger.cjs');
const PATIENT = { deadlineMs: 5000, loadMs: 20_000 };
const HURRIED = { deadlineMs: 100, loadMs: 20_000 };
const MB = 2 ** 20;
const x = (first: number): Tensors => ({ X: { datatype: 'FP32', shape: [1, 3], data: Float32Array.of(first, 0, 0) } });

const hosts: ChallengerProcess[] = [];
const hostOf = (script: string, rest: Partial<ChallengerProcessProps> = {}): ChallengerProcess => {
  const host = new ChallengerProcess({
    script,
    artifacts: fixtureArtifacts,
    threads: 1,
    maxResidentBytes: 1024 * MB,
    ...rest,
  });
  hosts.push(host);
  return host;
};
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

/** Asks until the challenger is loaded. */
const settled = async (host: ChallengerProcess, version: AcceptedVersion, inputs = x(0)): Promise<ChallengerAnswer> => {
  for (let attempt = 0; attempt < 40; attempt++) {
    const answer = await host.score(version, inputs, PATIENT);
    if (answer.status !== 'loading') return answer;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error('the challenger never loaded');
};

describe('a challenger in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'challenger-test-'));
  const script = join(folder, 'score-shadow.child.js');
  const nodePath = process.env.NODE_PATH;

  beforeAll(() => {
    const entry = resolve(__dirname, '../../lambdas/scoring/score-shadow.child.ts');
    buildSync({
      entryPoints: [entry],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['onnxruntime-node'],
    });
    process.env.NODE_PATH = resolve(__dirname, '../../node_modules');
  });
  afterAll(() => {
    if (nodePath === undefined) delete process.env.NODE_PATH;
    else process.env.NODE_PATH = nodePath;
    rmSync(folder, { recursive: true });
  });

  test('scores a real graph', async () => {
    const answer = await settled(hostOf(script), versionOf('binary', 2), x(9));
    expect(answer).toMatchObject({
      status: 'scored',
      outputs: { label: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(1n) } },
    });
  });

  test('counts as lost when its graph does not load, and says why', async () => {
    const host = hostOf(script);
    const answer = await settled(host, versionOf('unknown-operator', 2));
    expect(answer).toEqual({ status: 'lost', reason: expect.stringContaining('Prophesy') });
  });

  test('counts as lost when a run takes longer than the deadline, which is kept', async () => {
    const host = hostOf(script);
    const slow = versionOf('slow', 2);
    host.prepare(slow);
    await host.score(slow, x(0), { deadlineMs: 4000, loadMs: 20_000 });
    const from = Date.now();
    const answer = await host.score(slow, x(0), HURRIED);
    expect(answer).toEqual({ status: 'lost', reason: 'late' });
    expect(Date.now() - from).toBeLessThan(200);
  });
});

test.each([
  [1, /exited with code 3/],
  [2, /died by SIGSEGV/],
  [4, /sent something that is no answer/],
])(
  'a process that dies at its work (way %i) is a lost answer at once, and comes back after a pause',
  async (way, reason) => {
    const host = hostOf(FAULTY);
    const version = versionOf('binary', 2);
    expect(await settled(host, version)).toMatchObject({ status: 'scored' });
    const from = Date.now();
    expect(await host.score(version, x(way), PATIENT)).toEqual({
      status: 'lost',
      reason: expect.stringMatching(reason),
    });
    expect(await host.score(version, x(0), PATIENT)).toMatchObject({ status: 'lost' });
    expect(Date.now() - from).toBeLessThan(900);
    await new Promise((wake) => setTimeout(wake, 1100));
    expect(await settled(host, version)).toMatchObject({ status: 'scored' });
  },
);

test('a process that hangs is lost at the deadline, then answers busy at once, and is ended', async () => {
  const host = hostOf(FAULTY, { hangMs: 700 });
  const version = versionOf('binary', 2);
  await settled(host, version);
  const from = Date.now();
  for (let i = 0; i < 4; i++) {
    expect(await host.score(version, x(3), HURRIED)).toEqual({ status: 'lost', reason: 'late' });
  }
  expect(Date.now() - from).toBeLessThan(800);
  const then = Date.now();
  expect(await host.score(version, x(0), HURRIED)).toMatchObject({
    status: 'lost',
    reason: expect.stringContaining('busy'),
  });
  expect(Date.now() - then).toBeLessThan(20);
  await new Promise((wake) => setTimeout(wake, 3000 - (Date.now() - from)));
  expect(await settled(host, version)).toMatchObject({ status: 'scored' });
}, 15_000);

test('a late answer is lost, and does not disturb the next', async () => {
  const host = hostOf(FAULTY);
  const version = versionOf('binary', 2);
  await settled(host, version);
  expect(await host.score(version, x(6), HURRIED)).toEqual({ status: 'lost', reason: 'late' });
  expect(await host.score(version, x(0), HURRIED)).toMatchObject({ status: 'scored' });
});

test('an answer that was in time counts although the champion kept the thread busy beyond the deadline', async () => {
  const host = hostOf(FAULTY);
  const version = versionOf('binary', 2);
  await settled(host, version);
  const answer = host.score(version, x(0), HURRIED);
  await new Promise((turn) => setImmediate(turn));
  const until = Date.now() + 300;
  while (Date.now() < until);
  expect(await answer).toMatchObject({ status: 'scored' });
});

test('a model that refuses inputs is lost, and its process lives on', async () => {
  const host = hostOf(FAULTY);
  const version = versionOf('binary', 2);
  await settled(host, version);
  expect(await host.score(version, x(7), HURRIED)).toEqual({ status: 'lost', reason: 'no' });
  expect(await host.score(version, x(0), HURRIED)).toMatchObject({ status: 'scored' });
});

test('a process that holds too much memory is ended', async () => {
  const host = hostOf(FAULTY, { maxResidentBytes: 200 * MB });
  const version = versionOf('binary', 2);
  await settled(host, version);
  await host.score(version, x(5), { deadlineMs: 300, loadMs: 0 });
  await new Promise((wake) => setTimeout(wake, 1100));
  await host.score(version, x(0), HURRIED);
  await new Promise((wake) => setTimeout(wake, 100));
  expect(await host.score(version, x(0), { deadlineMs: 100, loadMs: 0 })).toMatchObject({
    status: 'lost',
    reason: expect.stringMatching(/held \d+ MB/),
  });
});

test('one challenger’s crash is not held against another that shares its process', async () => {
  const host = hostOf(FAULTY);
  const [bad, good] = [versionOf('binary', 2), versionOf('binary-opposite', 5)];
  await settled(host, bad);
  await settled(host, good);
  await host.score(bad, x(2), PATIENT);
  expect(await host.score(good, x(0), { deadlineMs: 100, loadMs: 0 })).toEqual({ status: 'loading' });
  expect(await settled(host, good)).toMatchObject({ status: 'scored' });
});

test('a challenger that is not loaded yet is loading: callers together wait no longer than they are told', async () => {
  const artifacts: ArtifactReader = { ...fixtureArtifacts, copyGraph: () => new Promise(() => undefined) };
  const host = hostOf(FAULTY, { artifacts });
  const version = versionOf('binary', 2);
  const from = Date.now();
  for (let i = 0; i < 50; i++) {
    expect(await host.score(version, x(0), { deadlineMs: 50, loadMs: 150 })).toEqual({ status: 'loading' });
  }
  expect(Date.now() - from).toBeLessThan(400);
});

test('an artifact that cannot be read makes no loss: the copy is tried again', async () => {
  let copies = 0;
  const artifacts: ArtifactReader = {
    ...fixtureArtifacts,
    copyGraph: async (version, path) => {
      copies++;
      if (copies === 1) throw new Error('S3 is not there');
      return fixtureArtifacts.copyGraph(version, path);
    },
  };
  const host = hostOf(FAULTY, { artifacts });
  expect(await host.score(versionOf('binary', 2), x(0), HURRIED)).toEqual({ status: 'loading' });
  expect(await settled(host, versionOf('binary', 2))).toMatchObject({ status: 'scored' });
  expect(copies).toBe(2);
});

test('a script that cannot be started is a lost answer', async () => {
  const host = hostOf(fixturePath('there-is-no-such-script.js'));
  expect(await settled(host, versionOf('binary', 2))).toMatchObject({ status: 'lost' });
});
