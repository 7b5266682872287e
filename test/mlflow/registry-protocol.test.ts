import { championRoute, registered, serving } from '../evaluation/versions';
import { ADA, EVE, RegistryWorld } from './registry-world';

const CHANGES = [
  'registered-models/create',
  'registered-models/set-tag',
  'registered-models/alias',
  'model-versions/create',
  'model-versions/set-tag',
  'registered-models/search',
  'model-versions/search',
  'registered-models/get-latest-versions',
] as const;

const worldWith = async (versions = 2): Promise<RegistryWorld> => {
  const world = new RegistryWorld();
  await world.model('Credit', 'open', versions);
  for (let version = 1; version <= versions; version++) await world.version('Credit', version);
  return world;
};

describe('whatever is sent', () => {
  test.each(CHANGES)('%s never answers 500', async (call) => {
    const world = await worldWith();
    const bodies = [
      undefined,
      '',
      'no',
      '[]',
      '3',
      'null',
      '{"name":',
      '{"name":null}',
      '{"name":{"a":1}}',
      '{"name":"a/b"}',
    ];
    const odd = [true, null, [], {}, '', ' ', '-1', '1.5', '1e9', 1e300, '٣', '\u0000'];
    const faults = [
      ...bodies.map((raw) => (raw === undefined ? {} : { raw })),
      ...odd.flatMap((value) =>
        [
          'version',
          'key',
          'value',
          'alias',
          'tags',
          'max_results',
          'order_by',
          'page_token',
          'filter',
          'stages',
          'source',
        ].map((field) => ({
          body: { name: 'credit', key: 'k', value: 'v', alias: 'a', version: '1', [field]: value },
        })),
      ),
      { query: { name: 'a,b', max_results: '1,2', version: '1,2' } },
    ];
    for (const given of faults) {
      const { status, json } = await world.ask(`POST ${call}`, given);
      expect({ given, status: [200, 400, 403, 404, 409].includes(status) }).toEqual({ given, status: true });
      if (status !== 200) expect(json).toEqual({ error_code: expect.any(String), message: expect.any(String) });
    }
  });

  test('keys that nobody knows are passed over', async () => {
    const world = await worldWith();
    expect(
      await world.post('registered-models/create', { name: 'new', deployment_job_id: 'x', extra: [] }),
    ).toMatchObject({
      status: 200,
      json: { registered_model: { name: 'new' } },
    });
  });
});

describe('names', () => {
  test.each(['a/b', 'a:b', '', ' ', '../x', 'é', 'x'.repeat(64)])('%j is none', async (name) => {
    expect(await new RegistryWorld().post('registered-models/create', { name })).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(/a model name is/) },
    });
  });

  test('one that differs by case is taken, and leads to the model', async () => {
    const world = await worldWith();
    const { status, json } = await world.post('registered-models/create', { name: 'CREDIT' });
    expect([status, json.error_code]).toEqual([400, 'RESOURCE_ALREADY_EXISTS']);
    expect(json.message).toMatch(/already exists\. It is written Credit/);
    const got = await world.ask('GET registered-models/get', { query: { name: 'cREDIT' } });
    expect(got.json.registered_model).toMatchObject({ name: 'Credit', latest_versions: [{ version: '2' }] });
  });

  test('two who make a model at once: one does, the other is told that it is there', async () => {
    const world = new RegistryWorld();
    const answers = await Promise.all([1, 2, 3].map(() => world.post('registered-models/create', { name: 'new' })));
    expect(answers.map(({ json }) => json.error_code ?? 'made').sort()).toEqual([
      'RESOURCE_ALREADY_EXISTS',
      'RESOURCE_ALREADY_EXISTS',
      'made',
    ]);
  });

  test('a model comes with its tags and description, or not at all', async () => {
    const world = new RegistryWorld();
    const { json } = await world.post('registered-models/create', {
      name: 'new',
      description: 'what it is',
      tags: [{ key: 'owner', value: 'ada' }],
    });
    expect(json.registered_model).toMatchObject({ description: 'what it is', tags: [{ key: 'owner', value: 'ada' }] });
    expect(world.table.audit).toHaveLength(1);
    expect(world.table.audit[0]).toMatchObject({ detail: { created: true, tags: { owner: 'ada' } } });
  });
});

describe('tags', () => {
  test.each(['ключ', 'a/b', 'mlflow.note.content', 'a b', 'x:y', 'x'.repeat(250), 'constructor'])(
    '%j is a key',
    async (key) => {
      const world = await worldWith();
      const value = 'ß"\'\n'.repeat(1000);
      for (const [call, of] of [
        ['registered-models', { name: 'credit' }],
        ['model-versions', { name: 'credit', version: '1' }],
      ] as const) {
        expect((await world.post(`${call}/set-tag`, { ...of, key, value })).status).toBe(200);
        const seen = async () => {
          const { json } = await world.ask(`GET ${call}/get`, { query: of });
          return (json.registered_model ?? json.model_version).tags;
        };
        expect(await seen()).toEqual([{ key, value }]);
        const escaped = { filter: `tags.\`${key}\` LIKE 'ß%'` };
        expect(JSON.stringify((await world.post(`${call}/search`, escaped)).json)).toContain('Credit');
        expect((await world.ask(`DELETE ${call}/delete-tag`, { body: { ...of, key } })).status).toBe(200);
        expect((await world.ask(`DELETE ${call}/delete-tag`, { body: { ...of, key } })).status).toBe(200);
        expect(await seen()).toEqual([]);
      }
      expect(world.table.audit).toHaveLength(4);
    },
  );

  test.each([
    ['', 'v', /at least one character/],
    ['x'.repeat(251), 'v', /250 characters at most/],
    ['k', 'x'.repeat(5001), /5000 characters at most/],
    ['a$b', 'v', /a key is letters, digits/],
    ['/a', 'v', /without empty parts/],
    ['a//b', 'v', /without empty parts/],
    ['../a', 'v', /without empty parts/],
    ['__proto__', 'v', /not available/],
  ])('key %j is refused', async (key, value, words) => {
    const world = await worldWith();
    for (const call of ['registered-models/set-tag', 'model-versions/set-tag'])
      expect(await world.post(call, { name: 'credit', version: '1', key, value })).toMatchObject({
        status: 400,
        json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(words) },
      });
  });

  test('set by many at once all stand', async () => {
    const world = await worldWith();
    const keys = Array.from({ length: 6 }, (_, i) => `key-${i}`);
    const answers = await Promise.all(
      keys.map((key) => world.post('model-versions/set-tag', { name: 'credit', version: 1, key, value: 'v' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 200));
    expect(Object.keys((await world.notes.notes('Credit', 1)).tags).sort()).toEqual(keys);
  });

  test('beyond what an item and an event hold are refused', async () => {
    const world = await worldWith();
    const set = (i: number) =>
      world.post('registered-models/set-tag', { name: 'credit', key: `k${i}`, value: 'x'.repeat(5000) });
    let last = await set(0);
    for (let i = 1; i < 25; i++) last = await set(i);
    expect(last).toMatchObject({ status: 400, json: { message: expect.stringMatching(/over the limit of 100000/) } });
  });

  test('the same again is no change on record', async () => {
    const world = await worldWith();
    for (let i = 0; i < 3; i++) await world.post('registered-models/set-tag', { name: 'credit', key: 'k', value: 'v' });
    expect(world.table.audit).toHaveLength(1);
  });
});

describe('aliases', () => {
  test.each(['champion', 'Champion', 'CHALLENGER', 'challenger'])('%s is decided, not set', async (alias) => {
    const world = await worldWith();
    const body = { name: 'credit', alias, version: '1' };
    for (const call of ['POST', 'DELETE'])
      expect(await world.ask(`${call} registered-models/alias`, { body })).toMatchObject({
        status: 403,
        json: { error_code: 'PERMISSION_DENIED' },
      });
  });

  test.each(['latest', 'LATEST', 'v3', 'V12', 'a b', 'a/b', 'a:b', 'x'.repeat(256)])(
    '%s is no alias',
    async (alias) => {
      const world = await worldWith();
      expect((await world.post('registered-models/alias', { name: 'credit', alias, version: '1' })).status).toBe(400);
    },
  );

  test('are read as they were written, and latest is the youngest version', async () => {
    const world = await worldWith();
    await world.post('registered-models/alias', { name: 'credit', alias: 'Prod', version: '1' });
    const get = (alias: string) => world.ask('GET registered-models/alias', { query: { name: 'credit', alias } });
    expect((await get('Prod')).json.model_version).toMatchObject({ version: '1', aliases: ['Prod'] });
    expect(await get('prod')).toMatchObject({
      status: 400,
      json: { message: 'Registered model alias prod not found.' },
    });
    expect((await get('latest')).json.model_version.version).toBe('2');
    expect((await world.post('registered-models/alias', { name: 'credit', alias: 'x', version: '9' })).status).toBe(
      404,
    );
  });
});

describe('deletion', () => {
  test('of a version takes its aliases along, and the version before is the latest', async () => {
    const world = await worldWith();
    for (const [alias, version] of [
      ['a', '2'],
      ['b', '2'],
      ['c', '1'],
    ])
      await world.post('registered-models/alias', { name: 'credit', alias, version });
    const body = { name: 'credit', version: '2' };
    expect((await world.ask('DELETE model-versions/delete', { body })).status).toBe(200);
    for (const call of ['GET model-versions/get', 'GET model-versions/get-download-uri'])
      expect(await world.ask(call, { query: body })).toMatchObject({
        status: 404,
        json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
      });
    expect((await world.ask('DELETE model-versions/delete', { body })).status).toBe(404);
    const { json } = await world.ask('GET registered-models/get', { query: { name: 'credit' } });
    expect(json.registered_model).toMatchObject({
      aliases: [{ alias: 'c', version: '1' }],
      latest_versions: [{ version: '1' }],
    });
    expect((await world.post('registered-models/alias', { name: 'credit', alias: 'd', version: '2' })).status).toBe(
      404,
    );
    expect((await world.post('model-versions/search', {})).json.model_versions).toHaveLength(1);
  });

  test('of what serves is refused, and says why', async () => {
    const world = await worldWith();
    const version = serving({ ...registered(3), model: 'Credit' });
    await world.version('Credit', 3, version);
    await world.route(championRoute(version));
    expect(await world.ask('DELETE registered-models/delete', { body: { name: 'credit' } })).toMatchObject({
      status: 403,
      json: { error_code: 'PERMISSION_DENIED', message: expect.stringMatching(/^Credit serves/) },
    });
    expect(await world.ask('DELETE model-versions/delete', { body: { name: 'credit', version: '3' } })).toMatchObject({
      status: 403,
      json: { message: expect.stringMatching(/serves; roll it back first/) },
    });
  });

  test('of a model leaves its name taken, and nothing to be done with it', async () => {
    const world = await worldWith();
    expect((await world.ask('DELETE registered-models/delete', { body: { name: 'credit' } })).status).toBe(200);
    const of = { name: 'credit', version: '1', key: 'k', value: 'v', alias: 'a', source: 's3://x', description: 'd' };
    for (const call of [
      'GET registered-models/get',
      'POST registered-models/set-tag',
      'POST registered-models/alias',
      'PATCH registered-models/update',
      'POST registered-models/get-latest-versions',
      'DELETE registered-models/delete',
      'GET model-versions/get',
      'POST model-versions/create',
    ])
      expect({ call, ...(await world.ask(call, call.startsWith('GET') ? { query: of } : { body: of })) }).toMatchObject(
        {
          call,
          status: 404,
          json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: expect.stringMatching(/was deleted/) },
        },
      );
    expect((await world.post('registered-models/create', { name: 'credit' })).json.error_code).toBe(
      'RESOURCE_ALREADY_EXISTS',
    );
  });
});

describe('stages, of which there are none', () => {
  test.each([
    [{}, ['2']],
    [{ stages: [] }, ['2']],
    [{ stages: ['None'] }, ['2']],
    [{ stages: ['Production', 'Staging'] }, []],
  ])('%j finds %j', async (stages, expected) => {
    const world = await worldWith();
    const { json } = await world.post('registered-models/get-latest-versions', { name: 'credit', ...stages });
    expect(json.model_versions.map(({ version }: { version: string }) => version)).toEqual(expected);
  });

  test('one that MLflow has not either is refused, and so is a transition', async () => {
    const world = await worldWith();
    const { status, json } = await world.ask('GET registered-models/get-latest-versions', {
      query: { name: 'credit', stages: 'Live,None' },
    });
    expect([status, json.message]).toEqual([400, expect.stringMatching(/^Invalid Model Version stage: live/)]);
    expect(
      await world.post('model-versions/transition-stage', { name: 'credit', version: '1', stage: 'Production' }),
    ).toMatchObject({
      status: 403,
      json: { message: expect.stringMatching(/by approval and rollout/) },
    });
  });
});

test('a restricted model is read and changed by whom it was granted to', async () => {
  const world = new RegistryWorld();
  await world.model('secret', 'restricted', 1);
  await world.version('secret', 1);
  await world.grant('secret', 'user:ada');
  const query = { name: 'secret', version: '1' };
  expect((await world.ask('GET model-versions/get', { query, as: ADA })).status).toBe(200);
  for (const call of ['GET model-versions/get', 'GET registered-models/get', 'GET model-versions/get-download-uri'])
    expect((await world.ask(call, { query, as: EVE })).json.error_code).toBe('PERMISSION_DENIED');
});
