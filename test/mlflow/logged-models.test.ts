import { AUDITOR, EVE, inMemory, type TrackingWorld } from './tracking-world';

let world: TrackingWorld;
beforeEach(() => {
  world = inMemory();
});
const SEARCH = 'POST logged-models/search';
const get = async (id: string) => (await world.must(`GET logged-models/${id}`)).model;
const pairs = (list: { key: string; value: unknown }[]) =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

test('goes from pending to ready, and not back', async () => {
  const id = await world.model({ name: 'tree', source_run_id: 'r1', params: [{ key: 'depth', value: '3' }] });
  expect((await get(id)).info).toMatchObject({ status: 'LOGGED_MODEL_PENDING', name: 'tree', source_run_id: 'r1' });
  const patch = (status: unknown) => world.ask(`PATCH logged-models/${id}`, { model_id: id, status });
  for (const status of ['LOGGED_MODEL_PENDING', 'TIRED', 0, 1, null])
    expect(await patch(status)).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
  expect((await patch(2)).json.model.info.status).toBe('LOGGED_MODEL_READY');
  expect((await patch('LOGGED_MODEL_READY')).status).toBe(200);
  expect((await get(id)).info.status).toBe('LOGGED_MODEL_READY');
});

test('has parameters that do not change, and tags that do, by many at once', async () => {
  const id = await world.model({ params: [{ key: 'a', value: '1' }], tags: [{ key: 't', value: '0' }] });
  const value = 'x'.repeat(5000);
  const params = Array.from({ length: 100 }, (_, n) => ({ key: `p${n}`, value }));
  await world.must(`POST logged-models/${id}/params`, { params });
  await world.must(`POST logged-models/${id}/params`, { params });
  const other = await world.ask(`POST logged-models/${id}/params`, { params: [{ key: 'a', value: '2' }] });
  expect(other.json).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE', message: /^Changing param values/ });
  await Promise.all(
    ['u', 'v', 'w/x'].map((key) => world.must(`PATCH logged-models/${id}/tags`, { tags: [{ key, value: '1' }] })),
  );
  await world.must(`DELETE logged-models/${id}/tags/w/x`);
  expect(await world.ask(`DELETE logged-models/${id}/tags/w/x`)).toMatchObject({ status: 404 });
  const { data, info } = await get(id);
  expect(data.params).toHaveLength(101);
  expect(pairs(info.tags)).toEqual({ t: '0', u: '1', v: '1' });
});

test('has the latest metric of each run and dataset, in the words of clients', async () => {
  const [id, run_id] = [await world.model(), await world.run()];
  const log = (value: unknown, step: number, more: object = {}) =>
    world.must('POST runs/log-metric', { run_id, key: 'auc', value, timestamp: 5, step, model_id: id, ...more });
  await log(0.7, 1);
  await log(0.8, 2);
  await log(0.1, 0);
  await log('NaN', 0, { dataset_name: 'loans', dataset_digest: '1a2b3c4d' });
  await world.must('POST runs/log-batch', {
    run_id,
    metrics: [1, 2, 3].map((step) => ({ key: 'loss', value: step, timestamp: 0, step, model_id: id })),
  });
  const { metrics } = (await get(id)).data;
  const common = { model_id: id, run_id, timestamp: 5 };
  expect(metrics).toHaveLength(3);
  expect(metrics).toContainEqual({ ...common, key: 'auc', value: 0.8, step: 2 });
  const onLoans = { dataset_name: 'loans', dataset_digest: '1a2b3c4d' };
  expect(metrics).toContainEqual({ ...common, ...onLoans, key: 'auc', value: 'NaN', step: 0 });
  expect(metrics).toContainEqual({ ...common, timestamp: 0, key: 'loss', value: 3, step: 3 });
  expect((await world.must('GET metrics/get-history', { run_id, metric_key: 'loss' })).metrics).toHaveLength(3);
});

test('of somebody else is read and not written; a deleted one is neither', async () => {
  const id = await world.model();
  const eves = await world.run({}, EVE);
  const metric = { run_id: eves, key: 'auc', value: 1, model_id: id };
  for (const [name, body] of [
    [`PATCH logged-models/${id}`, { status: 'LOGGED_MODEL_READY' }],
    [`PATCH logged-models/${id}/tags`, { tags: [] }],
    [`DELETE logged-models/${id}`, {}],
    ['POST runs/log-metric', metric],
  ] as const)
    expect(await world.ask(name, body, EVE)).toMatchObject({ status: 403, json: { error_code: 'PERMISSION_DENIED' } });
  // A batch that is refused leaves nothing of itself.
  const batch = { run_id: eves, params: [{ key: 'p', value: '1' }], metrics: [metric] };
  expect(await world.ask('POST runs/log-batch', batch, EVE)).toMatchObject({ status: 403 });
  expect((await world.must('GET runs/get', { run_id: eves })).run.data.params).toEqual([]);
  expect((await world.ask(`GET logged-models/${id}`, {}, AUDITOR)).status).toBe(200);
  await world.must(`DELETE logged-models/${id}`);
  expect(await world.ask(`GET logged-models/${id}`)).toMatchObject({ status: 404 });
  expect((await world.must(`GET logged-models/${id}`, { allow_deleted: 'true' })).model.info.model_id).toBe(id);
  expect((await world.must(SEARCH, { experiment_ids: ['0'] })).models).toEqual([]);
});

describe('search', () => {
  const LOANS = { dataset_name: 'loans', dataset_digest: 'd1' };
  const names = async (given: object) =>
    (await world.must(SEARCH, { experiment_ids: ['0'], ...given })).models
      .map(({ info }: { info: { name: string } }) => info.name)
      .join('');
  beforeEach(async () => {
    const run_id = await world.run();
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) {
      world.now = 100 - n;
      const id = await world.model({
        name,
        params: [{ key: 'depth', value: String(n) }],
        model_type: n < 2 ? 'tree' : '',
      });
      if (n < 2) await world.must(`PATCH logged-models/${id}`, { status: 'LOGGED_MODEL_READY' });
      if (n === 3) continue;
      const metric = (value: number, more: object) => ({ run_id, key: 'auc', value, model_id: id, ...more });
      await world.must('POST runs/log-metric', metric(n, { timestamp: 1 }));
      await world.must('POST runs/log-metric', metric(-n, { timestamp: 2, ...LOANS }));
    }
  });

  test.each<[object, string]>([
    [{}, 'abcd'],
    [{ filter: 'metrics.auc > 0.5' }, 'bc'],
    [{ filter: 'metrics.auc > 0.5', datasets: [LOANS] }, ''],
    [{ filter: 'metrics.auc <= -1', datasets: [{ dataset_name: 'loans' }] }, 'bc'],
    [{ datasets: [LOANS] }, 'abc'],
    [{ filter: "params.depth = '1' AND model_type = 'tree'" }, 'b'],
    [{ filter: "attributes.status = 'READY' AND name != 'a'" }, 'b'],
    [{ filter: 'creation_timestamp >= 99' }, 'ab'],
    [{ order_by: [{ field_name: 'metrics.auc', ascending: false }] }, 'abcd'],
    [{ order_by: [{ field_name: 'metrics.auc', ...LOANS }] }, 'cbad'],
    [{ order_by: [{ field_name: 'creation_timestamp' }] }, 'dcba'],
    [{ order_by: [{ field_name: 'model_type' }, { field_name: 'name', ascending: false }] }, 'dcba'],
  ])('%j: %s', async (given, expected) => {
    expect(await names(given)).toBe(expected);
    const paged = await world.pages(SEARCH, 'models', { experiment_ids: ['0'], ...given, max_results: 1 });
    expect(paged.found.map(({ info }) => info.name).join('')).toBe(expected);
  });

  test.each<[string, object]>([
    ['an order that there is not', { order_by: [{ field_name: 'colour' }] }],
    ['an order by params', { order_by: [{ field_name: 'params.depth' }] }],
    ['an order that is a text', { order_by: ['name'] }],
    ['a digest without its dataset', { order_by: [{ field_name: 'metrics.auc', dataset_digest: 'd1' }] }],
    ['an attribute that there is not', { filter: "colour = 'red'" }],
    ['a dataset without a name', { datasets: [{ dataset_digest: 'd1' }] }],
  ])('%s is refused', async (_, given) => {
    expect(await world.ask(SEARCH, { experiment_ids: ['0'], ...given })).toMatchObject({ status: 400 });
  });
});
