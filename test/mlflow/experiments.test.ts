import { AUDITOR, EVE, inMemory, type TrackingWorld } from './tracking-world';

let world: TrackingWorld;
beforeEach(() => {
  world = inMemory();
});
const ALREADY = { status: 400, json: { error_code: 'RESOURCE_ALREADY_EXISTS' } };
const byName = (experiment_name: string) => world.ask('GET experiments/get-by-name', { experiment_name });
const names = async (given: object = {}) =>
  (await world.must('POST experiments/search', given)).experiments.map(({ name }: { name: string }) => name);

test.each(['a/b #1', '100 % “quoted”', '实验 🚀', '🚀'.repeat(250), '宽'.repeat(500), '__proto__', 'NAME#x', ' '])(
  'the name %j leads to its experiment',
  async (name) => {
    const id = await world.experiment(name);
    const other = `${[...name].slice(0, -1).join('')}!`;
    await world.experiment(other);
    expect((await byName(name)).json.experiment).toMatchObject({ experiment_id: id, name });
    expect((await byName(other)).json.experiment.name).toBe(other);
    expect(await world.ask('POST experiments/create', { name })).toMatchObject(ALREADY);
  },
);

test('of one name made by many at once there is one', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, () => world.ask('POST experiments/create', { name: 'one' })),
  );
  expect(made.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
  const { json } = await byName('one');
  expect(json.experiment.experiment_id).toBe(made.find(({ status }) => status === 200)?.json.experiment_id);
  expect(await world.ask('POST experiments/create', { name: 'Default' })).toMatchObject(ALREADY);
});

test('a crash in the middle of making one leaves nothing, or all of it', async () => {
  for (let at = 1; at < 5; at++) {
    const one = inMemory();
    one.items.failAt = at;
    await one.ask('POST experiments/create', { name: 'x' });
    one.items.failAt = Number.POSITIVE_INFINITY;
    const { status, json } = await one.ask('GET experiments/get-by-name', { experiment_name: 'x' });
    if (status === 200) await one.run({ experiment_id: json.experiment.experiment_id });
    else await one.experiment('x');
  }
});

test('is renamed, deleted with its runs, and restored, by whoever made it', async () => {
  const experiment_id = await world.experiment('first');
  await world.experiment('second');
  const run_id = await world.run({ experiment_id });
  const rename = (new_name: string, who?: typeof EVE) =>
    world.ask('POST experiments/update', { experiment_id, new_name }, who);
  expect(await rename('mine', EVE)).toMatchObject({ status: 403, json: { error_code: 'PERMISSION_DENIED' } });
  expect(await rename('second')).toMatchObject(ALREADY);
  expect(await rename('third')).toMatchObject({ status: 200 });
  expect([(await byName('first')).status, (await byName('third')).status]).toEqual([404, 200]);
  await world.experiment('first');

  await world.must('POST experiments/delete', { experiment_id });
  expect(await names()).not.toContain('third');
  expect(await names({ view_type: 'DELETED_ONLY' })).toEqual(['third']);
  expect((await byName('third')).json.experiment.lifecycle_stage).toBe('deleted');
  expect((await world.must('GET runs/get', { run_id })).run.info.lifecycle_stage).toBe('deleted');
  expect((await world.must('POST runs/search', { experiment_ids: [experiment_id] })).runs).toEqual([]);
  const refused = await world.ask('POST runs/create', { experiment_id });
  expect(refused).toMatchObject({ status: 400, json: { message: expect.stringMatching(/'active' state/) } });
  expect(await rename('fourth')).toMatchObject({ status: 400 });
  expect(await world.ask('POST experiments/delete', { experiment_id })).toMatchObject({ status: 404 });
  await world.must('POST experiments/restore', { experiment_id });
  expect((await world.must('POST runs/search', { experiment_ids: [experiment_id] })).runs).toHaveLength(1);
});

test('tags are set by whoever may upload, also at once, and deleted; the first one has them, too', async () => {
  for (const experiment_id of ['0', await world.experiment('tagged')]) {
    const set = (key: string, who?: typeof EVE) =>
      world.ask('POST experiments/set-experiment-tag', { experiment_id, key, value: 'v'.repeat(9000) }, who);
    const answers = await Promise.all(['a', 'b', 'c'].map((key) => set(key, EVE)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await set('d', AUDITOR)).toMatchObject({ status: 403 });
    await world.must('POST experiments/delete-experiment-tag', { experiment_id, key: 'b' });
    expect(await world.ask('POST experiments/delete-experiment-tag', { experiment_id, key: 'b' })).toMatchObject({
      status: 404,
    });
    const { experiment } = await world.must('GET experiments/get', { experiment_id });
    expect(experiment.tags.map(({ key }: { key: string }) => key).sort()).toEqual(['a', 'c']);
  }
  expect((await names()).sort()).toEqual(['Default', 'tagged']);
  expect(await world.ask('POST experiments/delete', { experiment_id: '0' })).toMatchObject({ status: 403 });
});

test('are found by filter, the newest first or as asked for, page by page', async () => {
  for (let n = 0; n < 25; n++) {
    world.now = 1000 + (n % 5);
    await world.experiment(`e${String(n).padStart(2, '0')}`);
  }
  const { found } = await world.pages('POST experiments/search', 'experiments', { max_results: 4 });
  expect(found.map(({ creation_time }) => creation_time)).toEqual(
    [...found.map(({ creation_time }) => creation_time)].sort((a, b) => b - a),
  );
  expect(new Set(found.map(({ name }) => name)).size).toBe(26);
  const given = { filter: "name LIKE 'e1%'", order_by: ['name DESC'], max_results: 3 };
  const paged = await world.pages('POST experiments/search', 'experiments', given);
  expect(paged.found.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, n) => `e1${9 - n}`));
  expect(await world.ask('POST experiments/search', { order_by: ['colour'] })).toMatchObject({ status: 400 });
});

test.each([
  ['no name', {}],
  ['an empty name', { name: '' }],
  ['a name of 501', { name: 'n'.repeat(501) }],
  ['a name that is none', { name: 5 }],
  ['a place of its own', { name: 'x', artifact_location: 's3://elsewhere' }],
  ['a tag of 20,001', { name: 'x', tags: [{ key: 'k', value: 'v'.repeat(20_001) }] }],
])('with %s is refused', async (_, given) => {
  expect(await world.ask('POST experiments/create', given)).toMatchObject({
    status: 400,
    json: { error_code: 'INVALID_PARAMETER_VALUE' },
  });
});
