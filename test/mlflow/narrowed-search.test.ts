import fc from 'fast-check';
import { EVE, RegistryWorld } from './registry-world';

const OTHERS = 300;
const CHANGE = { actor: { kind: 'person', id: 'ada' }, at: 5 } as const;

const named = async (world: RegistryWorld, call: string, filter: string, as = EVE): Promise<string[]> => {
  const { status, json } = await world.post(call, { filter, max_results: 1000 }, as);
  if (status !== 200) throw new Error(`${status} ${json.message}`);
  const rows = (json.registered_models ?? json.model_versions ?? []) as { name: string; version?: string }[];
  return rows.map(({ name, version }) => (version === undefined ? name : `${name}/${version}`));
};

const made = (world: RegistryWorld, model: string, version: number, runId: string) =>
  world.notes.change({ model, version, ...CHANGE }, 'Version Changed', () => ({ runId }));

describe('a search by run', () => {
  let world: RegistryWorld;
  const byRun = (filter: string) => named(world, 'model-versions/search', filter);
  beforeAll(async () => {
    world = new RegistryWorld();
    for (let i = 0; i < OTHERS; i++) await world.model(`a-${i}`, 'open', 0);
    for (const model of ['beta', 'alpha', 'closed']) {
      await world.model(model, model === 'closed' ? 'restricted' : 'open', 3);
      for (const version of [1, 2, 3]) await world.version(model, version);
    }
    for (const [model, version] of [
      ['beta', 2],
      ['alpha', 1],
      ['alpha', 3],
      ['closed', 1],
    ] as const)
      await made(world, model, version, 'run-1');
  });

  test('finds what it made, of every model that the caller sees, and looks at nothing else', async () => {
    const before = world.table.reads;
    expect(await byRun("run_id = 'run-1'")).toEqual(['alpha/3', 'alpha/1', 'beta/2']);
    expect(world.table.reads - before).toBeLessThan(40);
    expect(await byRun("run_id = 'run-1' AND name LIKE 'b%'")).toEqual(['beta/2']);
    expect(await byRun("run_id = 'run-1' AND name = 'alpha' AND version_number < 3")).toEqual(['alpha/1']);
    expect(await byRun("run_id = 'run-2'")).toEqual([]);
  });

  test('does not find what is said to be of another run now, or was deleted', async () => {
    await made(world, 'beta', 3, 'run-3');
    await made(world, 'beta', 3, 'run-4');
    await made(world, 'beta', 1, 'run-4');
    expect(await byRun("run_id = 'run-3'")).toEqual([]);
    await world.ask('DELETE model-versions/delete', { body: { name: 'beta', version: '1' } });
    expect(await byRun("run_id = 'run-4'")).toEqual(['beta/3']);
  });

  test('gives its pages one after the other', async () => {
    const seen: string[] = [];
    let page_token: string | undefined;
    do {
      const body = { filter: "run_id = 'run-1'", max_results: 1, ...(page_token ? { page_token } : {}) };
      const { json } = await world.post('model-versions/search', body, EVE);
      seen.push(
        ...json.model_versions.map(({ name, version }: { name: string; version: string }) => `${name}/${version}`),
      );
      page_token = json.next_page_token;
    } while (page_token);
    expect(seen.sort()).toEqual(['alpha/1', 'alpha/3', 'beta/2']);
  });
});

describe('a search by how a name begins', () => {
  test('reads of the list what begins so, and no more', async () => {
    const world = new RegistryWorld();
    for (let i = 0; i < OTHERS; i++) await world.model(`a-${i}`, 'open', 0);
    await world.model('Probe', 'open', 0);
    await world.model('probe-2', 'open', 0);
    const before = world.table.reads;
    expect(await named(world, 'registered-models/search', "name ILIKE 'PROBE%'")).toEqual(['Probe', 'probe-2']);
    expect(world.table.reads - before).toBeLessThan(20);
  });

  test('passes by many names in one read where it says nothing of their beginning', async () => {
    const world = new RegistryWorld();
    for (let i = 0; i < OTHERS; i++) await world.model(`a-${i}`, 'open', 0);
    await world.model('probe', 'open', 0);
    const before = world.table.reads;
    expect(await named(world, 'registered-models/search', "name LIKE '%rob%'")).toEqual(['probe']);
    expect(world.table.reads - before).toBeLessThan(10);
  });

  const word = fc.string({ unit: fc.constantFrom('a', 'B', '-', '1'), minLength: 1, maxLength: 3 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '-', '1', '%', '_'), maxLength: 4 });
  test('finds what it would find by looking at every name', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          word.map((text) => `a${text}`),
          { maxLength: 6, selector: (name) => name.toLowerCase() },
        ),
        pattern,
        fc.boolean(),
        async (names, like, ignoresCase) => {
          const world = new RegistryWorld();
          for (const name of names) await world.model(name, 'open', 0);
          const source = like.replaceAll('%', '.*').replaceAll('_', '.');
          const expected = names.filter((name) => new RegExp(`^${source}$`, ignoresCase ? 'i' : '').test(name));
          const found = await named(world, 'registered-models/search', `name ${ignoresCase ? 'I' : ''}LIKE '${like}'`);
          expect(found.sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 60 },
    ));
});
