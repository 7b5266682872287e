import fc from 'fast-check';
import { MAX_EXAMINED } from '../../lambdas/mlflow/search-pages';
import { ADA, EVE, RegistryWorld } from './registry-world';

interface Row {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
}

type List = 'registered_models' | 'model_versions';
const CALLS = { registered_models: 'registered-models/search', model_versions: 'model-versions/search' } as const;

/** All pages of a search, as a client reads them. */
const pagesOf = async (world: RegistryWorld, list: List, query: Record<string, unknown> = {}): Promise<Row[][]> => {
  const pages: Row[][] = [];
  let token: string | undefined;
  do {
    const { status, json } = await world.post(CALLS[list], { ...query, ...(token ? { page_token: token } : {}) });
    if (status !== 200) throw new Error(`${status} ${json.message}`);
    pages.push(json[list] ?? []);
    token = json.next_page_token;
  } while (token);
  return pages;
};

const idOf = ({ name, version }: Row): string => (version === undefined ? name : `${name}/${version}`);
const idsOf = async (world: RegistryWorld, list: List, query: Record<string, unknown> = {}): Promise<string[]> =>
  (await pagesOf(world, list, query)).flat().map(idOf);

/** Models with versions registered at the times given. */
const worldOf = async (models: Readonly<Record<string, readonly number[]>>): Promise<RegistryWorld> => {
  const world = new RegistryWorld();
  for (const [name, times] of Object.entries(models)) {
    await world.model(name, 'open', times.length);
    for (const [i, registeredAt] of times.entries()) await world.version(name, i + 1, { registeredAt });
  }
  return world;
};

describe('the order of versions', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await worldOf({ beta: [30, 10, 20], alpha: [40, 25], Gamma: [5] });
    await world.post('model-versions/set-tag', { name: 'gamma', version: '1', key: 'k', value: 'v' });
  });

  test.each([
    [[], ['Gamma/1', 'alpha/1', 'beta/1', 'alpha/2', 'beta/3', 'beta/2']],
    [['name'], ['alpha/2', 'alpha/1', 'beta/3', 'beta/2', 'beta/1', 'Gamma/1']],
    [['name DESC'], ['Gamma/1', 'beta/3', 'beta/2', 'beta/1', 'alpha/2', 'alpha/1']],
    [
      ['name ASC', 'version_number ASC'],
      ['alpha/1', 'alpha/2', 'beta/1', 'beta/2', 'beta/3', 'Gamma/1'],
    ],
    [['version_number DESC'], ['beta/3', 'alpha/2', 'beta/2', 'alpha/1', 'beta/1', 'Gamma/1']],
    [['creation_timestamp asc'], ['Gamma/1', 'beta/2', 'beta/3', 'alpha/2', 'beta/1', 'alpha/1']],
    [['attributes.`last_updated_timestamp`  desc'], ['Gamma/1', 'alpha/1', 'beta/1', 'alpha/2', 'beta/3', 'beta/2']],
  ])('%j', async (order_by, expected) => {
    for (const max_results of [1, 2, 100])
      expect(await idsOf(world, 'model_versions', { order_by, max_results })).toEqual(expected);
  });

  test.each([
    [[], ['beta/1', 'beta/3', 'beta/2']],
    [['version_number ASC'], ['beta/1', 'beta/2', 'beta/3']],
    [['version_number DESC'], ['beta/3', 'beta/2', 'beta/1']],
    [
      ['name DESC', 'version_number ASC'],
      ['beta/1', 'beta/2', 'beta/3'],
    ],
    [['creation_timestamp'], ['beta/2', 'beta/3', 'beta/1']],
  ])('of one model: %j', async (order_by, expected) => {
    for (const max_results of [1, 2, 100])
      expect(await idsOf(world, 'model_versions', { filter: "name = 'beta'", order_by, max_results })).toEqual(
        expected,
      );
  });
});

test.each([
  [[], ['alpha', 'Beta', 'gamma']],
  [['name DESC'], ['gamma', 'Beta', 'alpha']],
  [['last_updated_timestamp DESC'], ['alpha', 'gamma', 'Beta']],
  [['timestamp ASC'], ['Beta', 'gamma', 'alpha']],
  [['creation_timestamp DESC'], ['alpha', 'Beta', 'gamma']],
])('models by %j come as %j', async (order_by, expected) => {
  const world = await worldOf({ gamma: [20], alpha: [30], Beta: [10] });
  for (const max_results of [1, 2, 100])
    expect(await idsOf(world, 'registered_models', { order_by, max_results })).toEqual(expected);
});

test.each([
  ['registered-models/search', ['colour'], /^order_by colour is not understood: registered models go by name, /],
  ['registered-models/search', ['version_number'], /is not understood/],
  ['registered-models/search', ['name', 'name DESC'], /has name twice/],
  ['model-versions/search', ['run_id'], /go by name, version_number, creation_timestamp, last_updated_timestamp/],
  ['model-versions/search', ['name UP'], /is not understood/],
  ['model-versions/search', ["name'; DROP"], /is not understood/],
])('%s refuses %j', async (call, order_by, words) => {
  const world = new RegistryWorld();
  expect(await world.post(call, { order_by })).toMatchObject({
    status: 400,
    json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(words) },
  });
});

test.each([
  ["colour = 'red'", /no attribute colour/],
  ['metrics.auc > 1', /have no metrics/],
  ['name = 3', /name is a text/],
  ["version_number = 'three'", /version_number is a number/],
  ["constructor = 'x'", /no attribute constructor/],
])('the filter %s is refused though nothing is there to be found', async (filter, words) => {
  const { status, json } = await new RegistryWorld().post('model-versions/search', { filter });
  expect(status).toBe(400);
  expect(json.message).toMatch(words);
});

test('a token is of one order, and of no other search', async () => {
  const world = await worldOf({ a: [1, 2], b: [3] });
  const { json } = await world.post('model-versions/search', { order_by: ['name'], max_results: 1 });
  const page_token = json.next_page_token;
  const other = await world.post('model-versions/search', { order_by: ['name DESC'], page_token });
  expect(other.json.message).toMatch(/is of a search with order_by name ASC, version_number DESC/);
  for (const wrong of ['x', 'e30', Buffer.from('{"order":1}').toString('base64url')])
    expect((await world.post('model-versions/search', { page_token: wrong })).json.message).toMatch(
      /not one that a search gave out/,
    );
  expect((await world.post('model-versions/search', { page_token: '' })).json.model_versions).toHaveLength(3);
});

test('what is deleted, or restricted to others, is not found', async () => {
  const world = await worldOf({ gone: [1], part: [1, 2] });
  await world.model('secret', 'restricted', 1);
  await world.version('secret', 1);
  await world.ask('DELETE registered-models/delete', { body: { name: 'gone' } });
  await world.ask('DELETE model-versions/delete', { body: { name: 'part', version: '2' } });
  expect(await idsOf(world, 'model_versions')).toEqual(['part/1']);
  expect(await idsOf(world, 'registered_models')).toEqual(['part']);
  expect(await idsOf(world, 'registered_models', { filter: "name = 'gone'" })).toEqual([]);
  await world.grant('secret', 'user:ada');
  expect(await idsOf(world, 'model_versions', { order_by: ['name'] })).toEqual(['part/1', 'secret/1']);
  expect((await world.post('model-versions/search', {}, EVE)).json.model_versions).toHaveLength(1);
  expect(ADA.roles).toEqual(EVE.roles);
});

describe('more than is put in order', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await worldOf({ few: [7, 8], many: Array.from({ length: MAX_EXAMINED }, (_, i) => i + 10) });
  });

  test('comes by model and version where no order is asked for, each once', async () => {
    const ids = await idsOf(world, 'model_versions', { max_results: 300 });
    expect(ids).toHaveLength(MAX_EXAMINED + 2);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 3)).toEqual(['few/2', 'few/1', `many/${MAX_EXAMINED}`]);
  });

  test('is refused in an order of its own, with what to do; one model is not', async () => {
    const order_by = ['creation_timestamp DESC'];
    const { status, json } = await world.post('model-versions/search', { order_by });
    expect(status).toBe(400);
    expect(json.message).toMatch(/^more than 1000 model versions .* narrow the filter to one model/);
    const filter = "name = 'many'";
    expect((await idsOf(world, 'model_versions', { order_by, filter }))[0]).toBe(`many/${MAX_EXAMINED}`);
    const native = await idsOf(world, 'model_versions', { filter, order_by: ['version_number ASC'], max_results: 400 });
    expect(native.at(-1)).toBe(`many/${MAX_EXAMINED}`);
  });

  test('a search for little looks at a bounded number of items a call', async () => {
    const before = world.table.reads;
    const { json } = await world.post('model-versions/search', { filter: "tags.x = 'y'", order_by: ['name'] });
    expect(json.model_versions).toEqual([]);
    expect(json.next_page_token).toEqual(expect.any(String));
    expect(world.table.reads - before).toBeLessThan(60);
    expect(await idsOf(world, 'model_versions', { filter: "tags.x = 'y'", order_by: ['name'] })).toEqual([]);
  });
});

test('a page holds no more than an answer may, and the rest follows', async () => {
  const world = await worldOf({ wordy: Array.from({ length: 60 }, (_, i) => i) });
  const tags = Object.fromEntries(Array.from({ length: 18 }, (_, i) => [`tag-${i}`, '"ß'.repeat(1300)]));
  for (let version = 1; version <= 60; version++)
    await world.notes.change(
      { model: 'wordy', version, actor: { kind: 'person', id: 'a' }, at: 9 },
      'Version Changed',
      () => ({ tags }),
    );
  for (const order_by of [['name'], ['creation_timestamp']]) {
    const pages = await pagesOf(world, 'model_versions', { order_by });
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.every((page) => JSON.stringify(page).length < 5_000_000)).toBe(true);
    expect(new Set(pages.flat().map(idOf)).size).toBe(60);
  }
});

const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,5}$/), {
  maxLength: 6,
  selector: (name) => name.toLowerCase(),
});
const term = fc
  .tuple(
    fc.constantFrom('name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'),
    fc.constantFrom('', ' ASC', ' DESC'),
  )
  .map((parts) => parts.join(''));
const orders = fc.uniqueArray(term, { maxLength: 3, selector: (text) => text.split(' ')[0] });

const sortKey = (row: Row, key: string): string | number => {
  if (key === 'name') return row.name.toLowerCase();
  return key === 'version_number' ? Number(row.version) : Number(row[key as 'creation_timestamp']);
};

test('whatever the order, the page and what is there: everything is found exactly once, in that order', async () => {
  await fc.assert(
    fc.asyncProperty(
      names.chain((list) =>
        fc.tuple(fc.constant(list), fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { minLength: 6, maxLength: 6 })),
      ),
      orders,
      fc.integer({ min: 1, max: 5 }),
      async ([list, times], order_by, max_results) => {
        const world = await worldOf(Object.fromEntries(list.map((name, i) => [name, times[i] ?? []])));
        const expected = list.flatMap((name, i) => (times[i] ?? []).map((_, n) => `${name}/${n + 1}`));
        const pages = await pagesOf(world, 'model_versions', { order_by, max_results });
        expect(pages.every((page) => page.length <= max_results)).toBe(true);
        const rows = pages.flat();
        expect(rows.map(idOf).sort()).toEqual(expected.sort());
        const terms = [...order_by, 'name', 'version_number DESC'].map((text) => text.split(' '));
        const usual = order_by.length === 0 ? [['last_updated_timestamp', 'DESC'], ...terms] : terms;
        const isBefore = (a: Row, b: Row): boolean => {
          for (const [key = '', direction] of usual) {
            const [ofA, ofB] = [sortKey(a, key), sortKey(b, key)];
            if (ofA !== ofB) return direction === 'DESC' ? ofA > ofB : ofA < ofB;
          }
          return false;
        };
        for (const [i, row] of rows.entries()) if (i > 0) expect(isBefore(rows[i - 1] as Row, row)).toBe(true);
        expect((await idsOf(world, 'registered_models', { max_results })).sort()).toEqual([...list].sort());
      },
    ),
    { numRuns: 60 },
  );
});
