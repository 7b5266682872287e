import { ChallengerProcess } from '../../lambdas/scoring/adapters/challenger-process';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import type { ScoringParts } from '../../lambdas/scoring/compose';
import type { ChallengerAnswer } from '../../lambdas/scoring/ports';
import {
  challenger,
  challengerSays,
  INFER,
  keyFor,
  opposite,
  ROLLOUT,
  ROUTES,
  recordOf,
  rows,
  world,
} from './scoring-world';
import { application, BINARY_SIGNATURE, fixtureArtifacts, fixturePath } from './versions';

describe('in shadow', () => {
  test('the champion answers and the id carries the challenger’s prediction', async () => {
    const response = await world(ROUTES.shadow).call('POST', INFER, rows(9));
    expect(response.json.model_version).toBe('1');
    expect(response.facts).toMatchObject({ role: 'champion', shadow: 'scored' });
    expect(recordOf(response)).toMatchObject({
      version: 1,
      rolloutId: ROLLOUT,
      prediction: { kind: 'class', index: 1 },
      shadow: { version: 2, status: 'scored', scored: { prediction: { kind: 'class', index: 0 }, score: 0.25 } },
    });
  });

  test.each<[string, ChallengerAnswer, string]>([
    ['not loaded', { status: 'loading' }, 'unpaired'],
    ['late or dead', { status: 'lost', reason: 'late' }, 'lost'],
    ['talking nonsense', { status: 'scored', outputs: {} }, 'lost'],
    [
      'scoring NaN',
      {
        status: 'scored',
        outputs: {
          ...opposite,
          probabilities: { ...opposite.probabilities, data: new Float32Array(2).fill(Number.NaN) },
        },
      },
      'lost',
    ],
  ])('a challenger that is %s changes nothing but its own record', async (_, answer, status) => {
    const response = await world(ROUTES.shadow, challengerSays(answer)).call('POST', INFER, rows(9));
    expect(response).toMatchObject({ status: 200, json: { model_version: '1' } });
    expect(recordOf(response).shadow).toEqual({ version: 2, status });
  });

  test('a challenger whose record cannot be read is unpaired', async () => {
    const response = await world(ROUTES.shadow, {}, { challenger: undefined }).call('POST', INFER, rows(9));
    expect(recordOf(response).shadow).toEqual({ version: 2, status: 'unpaired' });
  });

  test('a challenger that does not take what the champion takes is lost', async () => {
    const wider = { ...BINARY_SIGNATURE, inputs: [{ name: 'X', datatype: 'FP32' as const, shape: [-1, 4] }] };
    const { call, events } = world(ROUTES.shadow, {}, { challenger: { ...challenger, signature: wider } });
    expect(recordOf(await call('POST', INFER, rows(9))).shadow).toEqual({ version: 2, status: 'lost' });
    expect(events).toEqual([
      expect.objectContaining({
        name: 'ChallengerLost',
        version: 2,
        reason: expect.stringContaining('expected shape [-1, 4]'),
      }),
    ]);
  });

  test('both versions score at once: the challenger is asked before the champion runs', async () => {
    const order: string[] = [];
    const parts: Partial<ScoringParts> = {
      load: async (graph) => {
        const session = await loadOnnxSession(graph, { threads: 1 });
        return {
          inputs: session.inputs,
          outputs: session.outputs,
          release: () => session.release(),
          run: (inputs) => {
            order.push('champion');
            return session.run(inputs);
          },
        };
      },
      challengers: {
        prepare: () => undefined,
        score: async () => {
          order.push('challenger');
          return { status: 'scored', outputs: opposite };
        },
      },
    };
    const { call } = world(ROUTES.shadow, parts);
    await call('POST', INFER, rows(9));
    order.length = 0;
    await call('POST', INFER, rows(9));
    expect(order).toEqual(['challenger', 'champion']);
  });
});

describe('in canary', () => {
  test('a caller drawn for the challenger is answered by it', async () => {
    const response = await world(ROUTES.canary).call('POST', INFER, rows(9), application, keyFor('challenger'));
    expect(response.json.model_version).toBe('2');
    expect(recordOf(response)).toMatchObject({
      version: 2,
      role: 'challenger',
      rolloutId: ROLLOUT,
      propensity: 0.5,
      prediction: { kind: 'class', index: 0 },
    });
  });

  test('a caller not drawn is answered by the champion, as part of the comparison', async () => {
    const response = await world(ROUTES.canary).call('POST', INFER, rows(9), application, keyFor('champion'));
    expect(recordOf(response)).toMatchObject({ version: 1, role: 'champion', rolloutId: ROLLOUT, propensity: 0.5 });
  });

  test.each<[string, ChallengerAnswer]>([
    ['late or dead', { status: 'lost', reason: 'died by SIGSEGV' }],
    ['not loaded', { status: 'loading' }],
    ['talking nonsense', { status: 'scored', outputs: {} }],
  ])('the champion answers for a challenger that is %s', async (_, answer) => {
    const { call, events } = world(ROUTES.canary, challengerSays(answer));
    const response = await call('POST', INFER, rows(9), application, keyFor('challenger'));
    expect(response).toMatchObject({ status: 200, json: { model_version: '1' } });
    expect(recordOf(response)).toMatchObject({ version: 1, role: 'champion-fallback', rolloutId: ROLLOUT });
    expect(events).toContainEqual(expect.objectContaining({ name: 'ChampionFallback', version: 2 }));
  });
});

describe('a version asked for by number', () => {
  const pinned = (version: number) => `/v2/models/credit/versions/${version}/infer`;

  test('answers outside the comparison', async () => {
    const response = await world(ROUTES.shadow).call('POST', pinned(2), rows(9));
    expect(response.json.model_version).toBe('2');
    expect(recordOf(response)).toMatchObject({ version: 2, role: 'challenger', propensity: 1 });
    expect(recordOf(response)).not.toHaveProperty('rolloutId');
    expect(recordOf(await world(ROUTES.shadow).call('POST', pinned(1), rows(9)))).not.toHaveProperty('shadow');
  });

  test('fails for itself: nobody falls back to a version that was not asked for', async () => {
    const lost = world(ROUTES.canary, challengerSays({ status: 'lost', reason: 'late' }));
    expect(await lost.call('POST', pinned(2), rows(9))).toMatchObject({
      status: 502,
      json: { error: expect.stringContaining('late') },
    });
    const loading = world(ROUTES.canary, challengerSays({ status: 'loading' }));
    expect(await loading.call('POST', pinned(2), rows(9))).toMatchObject({ status: 503 });
  });

  test('is not found unless it serves', async () => {
    const { call } = world(ROUTES.champion);
    for (const path of [pinned(2), '/v2/models/credit/versions/2', '/v2/models/credit/versions/2/ready']) {
      expect(await call(path === pinned(2) ? 'POST' : 'GET', path, path === pinned(2) ? rows(9) : '')).toMatchObject({
        status: 404,
        json: { error: 'version 2 of model credit is not being served; available: 1' },
      });
    }
  });
});

/** That of the scoring world's shadow. */
const DEADLINE_MS = 100;

test('a challenger that crashes, hangs, lies and leaks costs no champion prediction, and delays none beyond the deadline', async () => {
  const challengers = new ChallengerProcess({
    script: fixturePath('faulty-challenger.cjs'),
    artifacts: fixtureArtifacts,
    threads: 1,
    maxResidentBytes: 200 * 2 ** 20,
    hangMs: 300,
  });
  const { call } = world(ROUTES.shadow, { challengers });
  const seen = new Set<string>();
  // Set with each request: on a busy machine it is late as well.
  let answeredLate = 0;
  for (let i = 0; i < 150; i++) {
    const way = i % 5 === 4 ? ([1, 2, 3, 4, 5, 6][Math.floor(i / 25)] ?? 1) : 8;
    const late = setTimeout(() => answeredLate++, 2 * DEADLINE_MS);
    const response = await call('POST', INFER, rows(way));
    clearTimeout(late);
    expect(response).toMatchObject({ status: 200, json: { model_version: '1', outputs: [{ data: [1] }, {}] } });
    seen.add(recordOf(response).shadow?.status ?? 'none');
    await new Promise((wake) => setTimeout(wake, 15));
  }
  await challengers.close();
  expect([...seen]).toEqual(expect.arrayContaining(['lost', 'scored']));
  // The first one waits for the challenger to load.
  expect(answeredLate).toBeLessThanOrEqual(1);
}, 60_000);

test('a challenger that crashes natively in canary costs no prediction: the champion answers for it', async () => {
  const challengers = new ChallengerProcess({
    script: fixturePath('faulty-challenger.cjs'),
    artifacts: fixtureArtifacts,
    threads: 1,
    maxResidentBytes: 1024 * 2 ** 20,
  });
  const { call } = world({ ...ROUTES.canary, weight: 1 }, { challengers, canaryDeadlineMs: 2000 });
  expect(recordOf(await call('POST', INFER, rows(8))).role).toBe('challenger');
  for (const way of [2, 8]) {
    const response = await call('POST', INFER, rows(way));
    expect(response).toMatchObject({ status: 200, json: { model_version: '1' } });
    expect(recordOf(response).role).toBe('champion-fallback');
  }
  await new Promise((wake) => setTimeout(wake, 1100));
  expect(recordOf(await call('POST', INFER, rows(8))).role).toBe('challenger');
  await challengers.close();
});
