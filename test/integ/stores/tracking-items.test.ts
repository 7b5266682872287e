import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoItems } from '../../../lambdas/mlflow/adapters/dynamo-items';
import type { Items, Write } from '../../../lambdas/mlflow/ports';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { MemoryItems } from '../../mlflow/memory-items';
import { dataOf, TrackingWorld } from '../../mlflow/tracking-world';
import { freshModel, platform } from '../platform';

const dynamo = new DynamoDBClient(platform().aws);
let tables: RegistryTables;
beforeAll(async () => {
  tables = await createRegistryTables(dynamo, freshModel('tracking'));
});
afterAll(() => deleteRegistryTables(dynamo, tables));

const memory = new MemoryItems();
const stores: [string, () => Items][] = [
  ['in memory', () => memory],
  ['in DynamoDB', () => new DynamoItems(dynamo, tables.registry)],
];

describe.each(stores)('items %s', (_, open) => {
  const put = (pk: string, sk: string, more: object = {}, when?: object): Write =>
    ({ kind: 'put', item: { pk, sk, ...more }, ...(when ? { when } : {}) }) as Write;
  const sks = (items: readonly { sk: string }[]) => items.map(({ sk }) => sk);

  test('are read by key, by prefix and between two keys, either way round', async () => {
    const items = open();
    const pk = freshModel('range');
    await items.putAll(['b', 'a1', 'a2', 'é', 'a3', '🚀'].map((sk) => ({ pk, sk, n: sk.length })));
    expect(await items.get({ pk, sk: 'a1' })).toMatchObject({ pk, sk: 'a1', n: 2 });
    expect(await items.get({ pk, sk: 'none' })).toBeUndefined();
    expect(sks(await items.all(pk))).toEqual(['a1', 'a2', 'a3', 'b', 'é', '🚀']);
    expect(sks(await items.all(pk, 'a'))).toEqual(['a1', 'a2', 'a3']);
    const between = (given: object) =>
      items.between(pk, { from: 'a2', to: 'b', backwards: false, limit: 10, ...given });
    expect(sks(await between({}))).toEqual(['a2', 'a3', 'b']);
    expect(sks(await between({ backwards: true, limit: 2 }))).toEqual(['b', 'a3']);
    expect(await between({ from: 'c' })).toEqual([]);
  });

  test('are put and got by the hundred, each once, whatever is named twice', async () => {
    const items = open();
    const pk = freshModel('many');
    const all = Array.from({ length: 260 }, (_, n) => ({ pk, sk: String(n), n }));
    await items.putAll([...all, ...all]);
    const found = await items.many([...all, ...all, { pk, sk: 'none' }]);
    expect(found.map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual(all.map(({ n }) => n));
    await items.putAll([]);
    expect(await items.many([])).toEqual([]);
  });

  test.each([
    ['absent', { kind: 'absent' }, [undefined], ['x']],
    ['same', { kind: 'same', attribute: 'value' }, [undefined, 'b'], ['a', 'c']],
    ['below', { kind: 'below', attribute: 'value' }, [undefined, 'a'], ['b', 'c']],
  ])('are written when what lies there is %s, and it is told what does', async (name, when, admitted, refused) => {
    const items = open();
    for (const alone of [true, false]) {
      const pk = freshModel(name);
      const next = (sk: string) => [put(pk, sk, { value: 'b' }, when), ...(alone ? [] : [put(pk, `${sk}+`)])];
      for (const [i, value] of admitted.entries()) {
        if (value !== undefined) await items.write([put(pk, `admitted-${i}`, { value })]);
        expect(await items.write(next(`admitted-${i}`))).toEqual([]);
      }
      for (const [i, value] of refused.entries()) {
        await items.write([put(pk, `refused-${i}`, { value })]);
        expect(await items.write(next(`refused-${i}`))).toEqual([
          { write: next(`refused-${i}`)[0], found: expect.objectContaining({ value }) },
        ]);
        expect(await items.get({ pk, sk: `refused-${i}+` })).toBeUndefined();
        expect(await items.get({ pk, sk: `refused-${i}` })).toMatchObject({ value });
      }
    }
  });

  test('of a generation are replaced by whoever read that one', async () => {
    const items = open();
    const pk = freshModel('generation');
    const next = (is: number) => [put(pk, 'x', { generation: is + 1 }, { kind: 'generation', is })];
    expect(await items.write(next(1))).toHaveLength(1);
    expect(await items.write(next(0))).toEqual([]);
    expect(await items.write(next(0))).toHaveLength(1);
    expect(await items.write([...next(1), { kind: 'delete', key: { pk, sk: 'none' } }])).toEqual([]);
    expect(await items.get({ pk, sk: 'x' })).toMatchObject({ generation: 2 });
  });

  test('are changed if they are there, and deleted', async () => {
    const items = open();
    const key = { pk: freshModel('change'), sk: 'x' };
    expect(await items.change(key, { a: 1 })).toBe(false);
    await items.write([{ kind: 'put', item: { ...key, a: 1, b: 2 } }]);
    expect(await items.change(key, { a: 3, status: 'reserved words are fine' })).toBe(true);
    expect(await items.get(key)).toMatchObject({ a: 3, b: 2, status: 'reserved words are fine' });
    await items.write([{ kind: 'delete', key }]);
    expect(await items.get(key)).toBeUndefined();
  });

  test('hold runs: two who log another value at once, and a thousand metrics twice', async () => {
    const world = new TrackingWorld(open());
    const experiment_id = await world.experiment(`实验 ${freshModel('e')} ${'宽'.repeat(400)}`);
    const run_id = await world.run({ experiment_id });
    const answers = await Promise.all(
      ['1', '2', '3'].flatMap((value) => [
        world.ask('POST runs/log-parameter', { run_id, key: 'seed', value }),
        world.ask('POST runs/log-batch', { run_id, params: ['seed', 'other'].map((key) => ({ key, value })) }),
      ]),
    );
    const { params } = dataOf((await world.must('GET runs/get', { run_id })).run);
    const winner = params.seed;
    for (const [i, { status, json }] of answers.entries()) {
      if (String(Math.floor(i / 2) + 1) === winner) expect([status, json]).toEqual([200, {}]);
      else expect(json.message).toMatch(/^Changing param values is not allowed/);
    }
    expect([undefined, winner]).toContain(params.other);

    const metrics = Array.from({ length: 1000 }, (_, n) => ({
      key: `m${n % 50}`,
      value: n,
      step: n - 500,
      timestamp: n,
    }));
    for (let twice = 0; twice < 2; twice++) await world.must('POST runs/log-batch', { run_id, metrics });
    const { data } = (await world.must('POST runs/search', { experiment_ids: [experiment_id] })).runs[0];
    expect(data.metrics).toHaveLength(50);
    const history = await world.must('GET metrics/get-history', { run_id, metric_key: 'm7', max_results: 15 });
    expect(history.metrics.map(({ value }: { value: number }) => value)).toEqual(
      Array.from({ length: 15 }, (_, n) => 7 + 50 * n),
    );
  });

  test('hold runs of several experiments, in order and each once', async () => {
    const world = new TrackingWorld(open());
    const experiment_ids = [await world.experiment(freshModel('a')), await world.experiment(freshModel('b'))];
    for (let n = 0; n < 30; n++) {
      const run_id = await world.run({ experiment_id: experiment_ids[n % 2], start_time: 1 + Math.floor(n / 3) });
      await world.must('POST runs/log-metric', { run_id, key: 'auc', value: n % 7 });
    }
    for (const order_by of [[], ['start_time'], ['metrics.auc DESC']]) {
      const given = { experiment_ids, order_by, filter: 'metrics.auc > 0' };
      const { found } = await world.pages('POST runs/search', 'runs', { ...given, max_results: 4 });
      const { runs } = await world.must('POST runs/search', given);
      expect(found).toEqual(runs);
      expect(new Set(found.map(({ info }) => info.run_id)).size).toBe(25);
    }
  });
});
