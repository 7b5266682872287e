import fc from 'fast-check';
import { MAX_EXAMINED, MAX_SORTED } from '../../lambdas/mlflow/search-listed';
import { dataOf, inMemory, type TrackingWorld } from './tracking-world';

interface Json {
  readonly info: { readonly run_id: string; readonly start_time: number };
}
const ids = (runs: readonly Json[]) => runs.map(({ info }) => info.run_id);
const SEARCH = 'POST runs/search';

/** Runs put straight into the table, for there are many. */
const fill = async (world: TrackingWorld, experimentId: string, count: number, from = 0): Promise<void> => {
  for (let n = from; n < from + count; n++) {
    const runId = `${experimentId}-${String(n).padStart(6, '0')}`;
    const info = { runId, experimentId, name: runId, userId: 'Ada', owner: 'ada', artifactUri: 's3://x' };
    await world.store.runs.add({ ...info, status: 'FINISHED', startedAt: n, deleted: false }, [
      { key: 'parity', value: n % 2 === 0 ? 'even' : 'odd' },
    ]);
    await world.store.runs.addMetrics(runId, [{ key: 'auc', value: String((n * 7919) % 1000), timestamp: 1, step: 0 }]);
  }
};

describe('more than a thousand runs of several experiments', () => {
  const world = inMemory();
  const experiment_ids = ['a', 'b', 'c'];
  beforeAll(async () => {
    for (const [i, id] of experiment_ids.entries()) await fill(world, id, 900, i * 300);
  });
  const all = (given: object) => world.pages(SEARCH, 'runs', { experiment_ids, max_results: 250, ...given });

  test('come once each, the newest first, and by id where they began together', async () => {
    const { found } = await all({});
    expect(found).toHaveLength(2700);
    const expected = [...found].sort(
      (x, y) => y.info.start_time - x.info.start_time || (x.info.run_id < y.info.run_id ? -1 : 1),
    );
    expect(ids(found)).toEqual(ids(expected));
    const { found: backwards } = await all({ order_by: ['attributes.start_time ASC'] });
    expect(backwards.map(({ info }) => info.start_time)).toEqual(found.map(({ info }) => info.start_time).reverse());
    expect(new Set(ids(backwards)).size).toBe(2700);
  });

  test('come once each with a filter and an order by a metric, and lack nothing', async () => {
    const given = { filter: "tags.parity = 'even' AND metrics.auc > 100", order_by: ['metrics.auc DESC', 'run_id'] };
    const { found } = await all(given);
    const { found: unordered } = await all({ filter: given.filter });
    expect(found.length).toBeGreaterThan(1000);
    expect(new Set(ids(found))).toEqual(new Set(ids(unordered)));
    expect(ids(found)).toHaveLength(unordered.length);
    const values = found.map((run) => dataOf(run).metrics.auc);
    expect(values).toEqual([...values].sort((x, y) => y - x));
  });

  test('are looked at a part at a time', async () => {
    const page = await world.must(SEARCH, { experiment_ids, filter: "tags.parity = 'neither'" });
    expect(page.runs).toEqual([]);
    expect(page.next_page_token).toBeDefined();
    expect((await all({ filter: "tags.parity = 'neither'" })).calls).toBe(Math.ceil(2700 / MAX_EXAMINED));
  });

  test('that begin while one goes through them change nothing of what was there', async () => {
    const first = await world.must(SEARCH, { experiment_ids, max_results: 1000 });
    await fill(world, 'a', 20, 5000);
    await fill(world, 'b', 1, 350_000);
    const rest = await world.pages(SEARCH, 'runs', {
      experiment_ids,
      max_results: 1000,
      page_token: first.next_page_token,
    });
    // `pages` begins without its token: what it found is all there is now.
    expect(rest.found).toHaveLength(2721);
    let page_token = first.next_page_token;
    const seen = ids(first.runs);
    while (page_token !== undefined) {
      const page = await world.must(SEARCH, { experiment_ids, max_results: 1000, page_token });
      seen.push(...ids(page.runs));
      page_token = page.next_page_token;
    }
    expect(seen).toHaveLength(2700);
    expect(new Set(seen).size).toBe(2700);
  });

  test('are narrowed by their time', async () => {
    const { found } = await all({ filter: 'attributes.start_time >= 890 AND attributes.start_time < 892' });
    expect(found.map(({ info }) => info.start_time)).toEqual([891, 891, 891, 890, 890, 890]);
  });
});

test('too many to sort are refused with what to do, and not sorted in part', async () => {
  const world = inMemory();
  const listed = Array.from({ length: MAX_SORTED + 1 }, (_, n) => ({ at: n, id: `r${n}` }));
  jest.spyOn(world.store, 'listed').mockImplementation(async (_kind, _id, { from, to, after, limit }) =>
    listed
      .filter(({ at }) => at >= from && at <= to)
      .reverse()
      .filter(({ at }) => after === undefined || at < after.at)
      .slice(0, limit),
  );
  const refused = await world.ask(SEARCH, { experiment_ids: ['0'], order_by: ['metrics.auc'] });
  expect(refused.json.message).toMatch(/more than 10000 runs would have to be sorted; order by start_time, or narrow/);
  const narrowed = { experiment_ids: ['0'], order_by: ['metrics.auc'], filter: 'start_time > 5000' };
  expect((await world.ask(SEARCH, narrowed)).status).toBe(200);
});

test('an answer is never larger than a function can give; what is left comes with the token', async () => {
  const world = inMemory();
  const value = 'x'.repeat(8000);
  for (let n = 0; n < 12; n++) {
    const run_id = await world.run({ start_time: n + 1 });
    await world.must('POST runs/log-batch', {
      run_id,
      tags: Array.from({ length: 100 }, (_, i) => ({ key: `t${i}`, value })),
    });
  }
  for (const order_by of [[], ['tags.t1']]) {
    const { found, calls } = await world.pages(SEARCH, 'runs', { experiment_ids: ['0'], order_by });
    expect([new Set(ids(found)).size, found.length]).toEqual([12, 12]);
    expect(calls).toBeGreaterThan(1);
  }
});

describe('conditions', () => {
  const world = inMemory();
  const names = async (filter: string, more: object = {}) =>
    (await world.must(SEARCH, { experiment_ids: ['0'], filter, ...more })).runs
      .map((run: { info: { run_name: string } }) => run.info.run_name)
      .join('');
  beforeAll(async () => {
    for (const [n, name] of ['a', 'b', 'c'].entries()) {
      const run_id = await world.run({ run_name: name, start_time: n + 1 });
      const dataset = { name: `loans-${name}`, digest: `d${n}`, source_type: 's3', source: '{}' };
      const tags = [{ key: 'mlflow.data.context', value: n === 0 ? 'training' : 'eval' }];
      await world.must('POST runs/log-inputs', { run_id, datasets: [{ dataset, tags }] });
      if (n === 2) await world.must('POST runs/delete', { run_id });
      else await world.must('POST runs/log-metric', { run_id, key: 'f1 score', value: n === 0 ? 'NaN' : 1 });
    }
  });

  test.each([
    ['', 'ba'],
    ["attributes.run_name = 'a'", 'a'],
    ['metrics.`f1 score` >= 0', 'b'],
    ["datasets.name LIKE 'loans-%' AND dataset.digest = 'd1'", 'b'],
    ["dataset.context = 'training'", 'a'],
    ["tags.constructor = 'x'", ''],
    ['params.constructor IS NULL', 'ba'],
    ['attributes.start_time > 5', ''],
    ['attributes.start_time > 1.5', 'b'],
  ])('%s', async (filter, expected) => {
    expect(await names(filter)).toBe(expected);
  });

  test.each([
    [['metrics.`f1 score`'], 'bac'],
    [['metrics.`f1 score` DESC'], 'bac'],
    [['run name DESC'], 'cba'],
    [['Created'], 'abc'],
    [['tags.mlflow.runName'], 'abc'],
  ])('in the order of %s: %s', async (order_by, expected) => {
    expect(await names('', { order_by, run_view_type: 'ALL' })).toBe(expected);
  });

  test('what is deleted is found by who looks for it', async () => {
    expect(await names('', { run_view_type: 'DELETED_ONLY' })).toBe('c');
  });

  test.each<[string, object]>([
    ['an attribute that there is not', { filter: "attributes.colour = 'red'", experiment_ids: [] }],
    ['an aspect of datasets that there is not', { filter: "dataset.colour = 'red'" }],
    ['an order that there is not', { order_by: ['colour'] }],
    ['a token that is none', { page_token: 'e30' }],
    ['a filter that is none', { filter: 'auc >' }],
  ])('%s is refused', async (_, given) => {
    expect(await world.ask(SEARCH, { experiment_ids: ['0'], ...given })).toMatchObject({ status: 400 });
  });

  test('a token goes on with its own search only', async () => {
    const { next_page_token } = await world.must(SEARCH, { experiment_ids: ['0'], max_results: 1 });
    const other = { experiment_ids: ['0'], page_token: next_page_token, filter: 'start_time > 0' };
    expect((await world.ask(SEARCH, other)).json.message).toMatch(/page_token is not one that this search gave out/);
  });
});

test('whatever runs there are, whatever the page and the order: each comes once, in order', async () => {
  const run = fc.record({
    experiment: fc.constantFrom('a', 'b'),
    at: fc.integer({ min: 0, max: 4 }),
    auc: fc.option(fc.constantFrom('1', '2', 'NaN', 'Infinity', '-Infinity')),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(run, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom([], ['start_time'], ['metrics.auc'], ['metrics.auc DESC', 'start_time']),
      async (runs, max_results, order_by) => {
        const world = inMemory();
        for (const [n, { experiment, at, auc }] of runs.entries()) {
          const runId = `r${n}`;
          const info = {
            runId,
            experimentId: experiment,
            name: runId,
            userId: 'Ada',
            owner: 'ada',
            artifactUri: 's3://x',
          };
          await world.store.runs.add({ ...info, status: 'RUNNING', startedAt: at, deleted: false }, []);
          if (auc !== null)
            await world.store.runs.addMetrics(runId, [{ key: 'auc', value: auc, timestamp: 0, step: 0 }]);
        }
        const given = { experiment_ids: ['a', 'b', 'a'], order_by };
        const { found } = await world.pages(SEARCH, 'runs', { ...given, max_results });
        const whole = await world.must(SEARCH, given);
        expect(ids(found)).toEqual(ids(whole.runs));
        expect([...ids(found)].sort()).toEqual(runs.map((_, n) => `r${n}`).sort());
      },
    ),
    { numRuns: 60 },
  );
});
