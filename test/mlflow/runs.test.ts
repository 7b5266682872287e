import { logger } from '../../lambdas/kernel/logger';
import { AUDITOR, dataOf, EVE, inMemory, type TrackingWorld } from './tracking-world';

let world: TrackingWorld;
beforeEach(() => {
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  world = inMemory();
});

const INVALID = { status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } };
const get = async (run_id: string) => (await world.must('GET runs/get', { run_id })).run;

describe('parameters', () => {
  test('stand as they were logged first; the same again is fine', async () => {
    const run_id = await world.run();
    await world.must('POST runs/log-parameter', { run_id, key: 'depth', value: '3' });
    await world.must('POST runs/log-parameter', { run_id, key: 'depth', value: '3' });
    expect(await world.ask('POST runs/log-parameter', { run_id, key: 'depth', value: '5' })).toMatchObject({
      ...INVALID,
      json: {
        message: `Changing param values is not allowed. Param with key='depth' was already logged with value='3' for run ID='${run_id}'. Attempted logging new value '5'.`,
      },
    });
    expect(dataOf(await get(run_id)).params).toEqual({ depth: '3' });
  });

  test('of a batch are logged all or none, and then neither are its metrics and tags', async () => {
    const run_id = await world.run();
    await world.must('POST runs/log-parameter', { run_id, key: 'b', value: '1' });
    const params = ['a', 'b', 'c'].map((key) => ({ key, value: '2' }));
    const metrics = [{ key: 'auc', value: 0.5, timestamp: 1, step: 0 }];
    const refused = await world.ask('POST runs/log-batch', {
      run_id,
      params,
      metrics,
      tags: [{ key: 't', value: 'x' }],
    });
    expect(refused).toMatchObject(INVALID);
    expect(refused.json.message).toMatch(/Changing param values is not allowed.*'b' was already logged with value='1'/);
    const { params: stored, metrics: measured, tags } = dataOf(await get(run_id));
    expect([stored, measured, tags.t]).toEqual([{ b: '1' }, {}, undefined]);
  });

  test('of different values that come at once: one wins, the others are told', async () => {
    const run_id = await world.run();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => world.ask('POST runs/log-parameter', { run_id, key: 'seed', value: `${n}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(dataOf(await get(run_id)).params).toEqual({ seed: String(winner) });
  });

  test('twice in one batch are refused', async () => {
    const params = [1, 2].map((n) => ({ key: 'a', value: `${n}` }));
    expect(await world.ask('POST runs/log-batch', { run_id: await world.run(), params })).toMatchObject(INVALID);
  });
});

describe('metrics', () => {
  const log = (run_id: string, metrics: object[]) => world.must('POST runs/log-batch', { run_id, metrics });
  const history = async (run_id: string, metric_key: string) =>
    (await world.pages('GET metrics/get-history', 'metrics', { run_id, metric_key, max_results: 2 })).found;

  test('stand by the latest step, then time, then value, in whatever order they come', async () => {
    const run_id = await world.run();
    const points = [
      [-3, 9, 0.1],
      [0, 5, 0.2],
      [2, 1, 0.3],
      [2, 4, 0.4],
      [2, 4, 0.5],
      [-7, 99, 0.6],
    ].map(([step, timestamp, value]) => ({ key: 'auc', step, timestamp, value }));
    for (const point of [...points].reverse()) await log(run_id, [point]);
    expect((await get(run_id)).data.metrics).toEqual([{ key: 'auc', value: 0.5, timestamp: 4, step: 2 }]);
    expect((await history(run_id, 'auc')).map(({ timestamp, step, value }) => [timestamp, step, value])).toEqual([
      [1, 2, 0.3],
      [4, 2, 0.4],
      [4, 2, 0.5],
      [5, 0, 0.2],
      [9, -3, 0.1],
      [99, -7, 0.6],
    ]);
  });

  test('that are no numbers come back as they were', async () => {
    const run_id = await world.run();
    const values = ['NaN', '-Infinity', -1.5, 0, 'Infinity'];
    await log(
      run_id,
      values.map((value) => ({ key: 'loss', value, timestamp: 1, step: 1 })),
    );
    expect((await history(run_id, 'loss')).map(({ value }) => value)).toEqual(values);
    expect((await get(run_id)).data.metrics[0].value).toBe('Infinity');
  });

  test('a thousand at once, twice, are a thousand', async () => {
    const run_id = await world.run();
    const metrics = Array.from({ length: 1000 }, (_, n) => ({ key: `m${n % 10}`, value: n, timestamp: n, step: n }));
    await log(run_id, metrics);
    const before = world.items.snapshot();
    await log(run_id, metrics);
    expect(world.items.snapshot()).toEqual(before);
    expect((await get(run_id)).data.metrics).toHaveLength(10);
    expect(await history(run_id, 'm3')).toHaveLength(100);
  });

  test('of over 5,000 steps are all told', async () => {
    const run_id = await world.run();
    for (let from = 0; from < 6000; from += 1000) {
      await log(
        run_id,
        Array.from({ length: 1000 }, (_, n) => ({ key: 'x', value: n, timestamp: from + n, step: from + n })),
      );
    }
    const { metrics } = await world.must('GET metrics/get-history', { run_id, metric_key: 'x', max_results: '25000' });
    expect(metrics).toHaveLength(6000);
  });
});

describe('what is refused, and never with a 500', () => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => ({ key: `k${i}`, value: '1' }));
  test.each<[string, string, unknown]>([
    ['no body', 'POST runs/log-batch', undefined],
    ['a run that is none', 'POST runs/log-batch', { run_id: 7 }],
    ['an empty run', 'POST runs/log-batch', { run_id: '' }],
    ['a list as a body', 'POST runs/log-batch', '[]'],
    ['101 params', 'POST runs/log-batch', { run_id: 'RUN', params: many(101) }],
    ['101 tags', 'POST runs/log-batch', { run_id: 'RUN', tags: many(101) }],
    ['1,001 metrics', 'POST runs/log-batch', { run_id: 'RUN', metrics: many(1001).map((m) => ({ ...m, value: 1 })) }],
    [
      '1,001 of all',
      'POST runs/log-batch',
      { run_id: 'RUN', tags: many(1), metrics: many(1000).map((m) => ({ ...m, value: 1 })) },
    ],
    ['a key of 251', 'POST runs/log-parameter', { run_id: 'RUN', key: 'k'.repeat(251), value: '1' }],
    ['a param of 6,001', 'POST runs/log-parameter', { run_id: 'RUN', key: 'k', value: 'v'.repeat(6001) }],
    ['a tag of 8,001', 'POST runs/set-tag', { run_id: 'RUN', key: 'k', value: 'v'.repeat(8001) }],
    ['a key that is a path', 'POST runs/set-tag', { run_id: 'RUN', key: 'a/../b', value: '1' }],
    ['a key with other signs', 'POST runs/set-tag', { run_id: 'RUN', key: 'a#b', value: '1' }],
    ['no key', 'POST runs/set-tag', { run_id: 'RUN', value: '1' }],
    ['a value that is no text', 'POST runs/log-parameter', { run_id: 'RUN', key: 'a', value: { b: 1 } }],
    ['a metric that is a text', 'POST runs/log-metric', { run_id: 'RUN', key: 'a', value: 'high' }],
    ['a step of a half', 'POST runs/log-metric', { run_id: 'RUN', key: 'a', value: 1, step: 0.5 }],
    ['a step beyond all numbers', 'POST runs/log-metric', { run_id: 'RUN', key: 'a', value: 1, step: 2 ** 60 }],
    ['a time before time', 'POST runs/log-metric', { run_id: 'RUN', key: 'a', value: 1, timestamp: -1 }],
    [
      'a digest without its dataset',
      'POST runs/log-metric',
      { run_id: 'RUN', key: 'a', value: 1, dataset_digest: 'd' },
    ],
    ['a dataset without a name', 'POST runs/log-inputs', { run_id: 'RUN', datasets: [{ dataset: { digest: 'd' } }] }],
    ['a run name of two minds', 'POST runs/create', { run_name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }],
    ['an unknown status', 'POST runs/update', { run_id: 'RUN', status: 'TIRED' }],
  ])('%s', async (_, name, body) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    expect(await world.ask(name, text?.replace('RUN', await world.run()))).toMatchObject(INVALID);
  });

  test('what is not there', async () => {
    expect(await world.ask('GET runs/get', { run_id: 'none' })).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    expect(await world.ask('POST runs/create', { experiment_id: 'none' })).toMatchObject({ status: 404 });
    const log = { run_id: await world.run(), key: 'auc', value: 1, model_id: 'm-none' };
    expect(await world.ask('POST runs/log-metric', log)).toMatchObject({ status: 404 });
  });

  test('5,000 characters, and unknown fields, are fine', async () => {
    const run_id = await world.run({ user_id: 'ada', strange: [1] });
    const value = 'ü'.repeat(5000);
    await world.must('POST runs/log-batch', {
      run_id,
      params: [{ key: 'p', value }],
      tags: [{ key: 't', value }],
      x: 1,
    });
    expect(dataOf(await get(run_id))).toMatchObject({ params: { p: value }, tags: { t: value } });
  });

  test('a run of somebody else is read and not written', async () => {
    const run_id = await world.run();
    for (const [name, body] of [
      ['POST runs/log-parameter', { key: 'a', value: '1' }],
      ['POST runs/log-inputs', {}],
      ['POST runs/update', { status: 'FAILED' }],
      ['POST runs/delete', {}],
      ['POST runs/delete-tag', { key: 'mlflow.runName' }],
    ] as const) {
      const denied = { status: 403, json: { error_code: 'PERMISSION_DENIED' } };
      expect(await world.ask(name, { run_id, ...body }, EVE)).toMatchObject(denied);
      expect(await world.ask(name, { run_id, ...body }, AUDITOR)).toMatchObject(denied);
    }
    await world.must('GET runs/get', { run_id }, AUDITOR);
  });
});

test('runs are named, renamed, tagged, finished, told of after that, deleted and restored', async () => {
  const run_id = await world.run({ run_name: 'first', start_time: 5 });
  await world.must('POST runs/set-tag', { run_id, key: 'mlflow.runName', value: 'second' });
  expect((await get(run_id)).info.run_name).toBe('second');
  const { run_info } = await world.must('POST runs/update', {
    run_id,
    run_name: 'third',
    status: 'FINISHED',
    end_time: 9,
  });
  expect(run_info).toMatchObject({ run_name: 'third', status: 'FINISHED', start_time: 5, end_time: 9 });
  await world.must('POST runs/set-tag', { run_id, key: 'team', value: 'risk' });
  expect(dataOf(await get(run_id)).tags).toEqual({ 'mlflow.runName': 'third', team: 'risk' });
  await world.must('POST runs/delete-tag', { run_id, key: 'team' });
  expect(await world.ask('POST runs/delete-tag', { run_id, key: 'team' })).toMatchObject({ status: 404 });
  await world.must('POST runs/delete', { run_id });
  expect((await get(run_id)).info.lifecycle_stage).toBe('deleted');
  const late = await world.ask('POST runs/log-parameter', { run_id, key: 'a', value: '1' });
  expect(late).toMatchObject({ ...INVALID, json: { message: expect.stringMatching(/must be in the 'active' state/) } });
  await world.must('POST runs/restore', { run_id });
  await world.must('POST runs/log-parameter', { run_id, key: 'a', value: '1' });
});

test('changes that come together do not undo each other', async () => {
  const run_id = await world.run();
  await Promise.all([
    world.must('POST runs/update', { run_id, status: 'FINISHED' }),
    world.must('POST runs/update', { run_id, run_name: 'named' }),
    world.must('POST runs/update', { run_id, end_time: 77 }),
  ]);
  expect((await get(run_id)).info).toMatchObject({ status: 'FINISHED', run_name: 'named', end_time: 77 });
});

test('datasets that differ in name alone are two; the same one is one', async () => {
  const run_id = await world.run();
  const dataset = (name: string) => ({
    dataset: { name, digest: '1a2b3c4d', source_type: 'local', source: '{"uri":"train.csv"}', schema: 's'.repeat(500) },
    tags: [{ key: 'mlflow.data.context', value: 'training' }],
  });
  await world.must('POST runs/log-inputs', { run_id, datasets: [dataset('a'), dataset('b'), dataset('a')] });
  await world.must('POST runs/log-inputs', { run_id, datasets: [dataset('b')], models: [{ model_id: 'm-1' }] });
  const { inputs } = await get(run_id);
  expect(inputs.dataset_inputs.map((input: { dataset: { name: string } }) => input.dataset.name).sort()).toEqual([
    'a',
    'b',
  ]);
  expect(inputs.model_inputs).toEqual([{ model_id: 'm-1' }]);
});

describe('a crash at any step', () => {
  const crashingAt = async (steps: (at: number) => Promise<boolean>) => {
    for (let at = 1; ; at++) {
      if (!(await steps(at))) return at;
      expect(at).toBeLessThan(200);
    }
  };

  test('of a batch leaves what the same batch completes', async () => {
    const metrics = Array.from({ length: 6 }, (_, n) => ({ key: `m${n % 2}`, value: n, timestamp: n, step: n }));
    const whole = inMemory();
    const batch = (run_id: string) => ({
      run_id,
      metrics,
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: 'x' }],
    });
    const shape = async (of: TrackingWorld, run_id: string) => dataOf((await of.must('GET runs/get', { run_id })).run);
    const first = await whole.run({ run_name: 'r' });
    await whole.must('POST runs/log-batch', batch(first));
    const expected = await shape(whole, first);
    const steps = await crashingAt(async (at) => {
      const one = inMemory();
      const run_id = await one.run({ run_name: 'r' });
      one.items.failAt = at;
      const crashed = (await one.ask('POST runs/log-batch', batch(run_id))).status === 500;
      one.items.failAt = Number.POSITIVE_INFINITY;
      await one.must('POST runs/log-batch', batch(run_id));
      expect(await shape(one, run_id)).toEqual(expected);
      expect((await one.must('GET metrics/get-history', { run_id, metric_key: 'm1' })).metrics).toHaveLength(3);
      return crashed;
    });
    expect(steps).toBeGreaterThan(8);
  });

  test('of a beginning leaves no half run, and no search that fails', async () => {
    await crashingAt(async (at) => {
      const one = inMemory();
      one.items.failAt = at;
      const crashed = (await one.ask('POST runs/create', { tags: [{ key: 'a', value: 'b' }] })).status === 500;
      one.items.failAt = Number.POSITIVE_INFINITY;
      const { runs } = await one.must('POST runs/search', { experiment_ids: ['0'] });
      for (const run of runs) expect(dataOf(run).tags).toMatchObject({ a: 'b', 'mlflow.runName': run.info.run_name });
      await one.run({ tags: [{ key: 'a', value: 'b' }] });
      return crashed;
    });
  });
});
