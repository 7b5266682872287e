import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { LambdaRegistrar } from '../../lambdas/mlflow/adapters/lambda-registrar';
import { SK } from '../../lambdas/registry/adapters/keys';
import { type ModelVersion, manifestSchema, modelVersionSchema, policySchema } from '../../lambdas/registry/contract';
import { lineageOf } from '../../lambdas/registry/domain/describe-version';
import { rejected } from '../../lambdas/registry/domain/version-lifecycle';
import { registered } from '../evaluation/versions';
import { EVE, PLACE, RegistryWorld } from './registry-world';

const DIRECTORY = join(__dirname, '../oracles/fixtures/mlflow/columns');
const SOURCE = `${PLACE}0/run-1/artifacts/model`;

/** A caller whose client has left a model directory in their place. */
const worldWithUpload = async (): Promise<RegistryWorld> => {
  const world = new RegistryWorld();
  await world.model('wage');
  for (const file of readdirSync(DIRECTORY))
    world.uploads.put(`mlflow/user-ada/0/run-1/artifacts/model/${file}`, readFileSync(join(DIRECTORY, file)));
  return world;
};

const recordOf = async (world: RegistryWorld, model: string, version: number): Promise<ModelVersion | undefined> =>
  world.table.get({ pk: `MODEL#${model}`, sk: SK.version(version) }, modelVersionSchema);

const versionsIn = (world: RegistryWorld, model: string): number =>
  [...world.table.items.values()].filter(({ pk, sk }) => pk === `MODEL#${model}` && sk.startsWith(SK.versions)).length;

const CREATE = {
  name: 'wage',
  source: SOURCE,
  run_id: 'run-1',
  description: 'the first',
  tags: [{ key: 'team', value: 'risk' }],
};

describe('a version out of the caller’s own place', () => {
  test('has what was said of it; the same again is that version', async () => {
    const world = await worldWithUpload();
    const { status, json } = await world.post('model-versions/create', CREATE);
    expect([status, json.model_version]).toEqual([
      200,
      expect.objectContaining({ version: '1', run_id: 'run-1', description: 'the first', source: SOURCE }),
    ]);
    const again = await world.post('model-versions/create', { ...CREATE, description: 'another', run_id: 'run-2' });
    expect(again.json.model_version).toEqual(json.model_version);
  });

  test('is there again when its bytes are registered after it was deleted', async () => {
    const world = await worldWithUpload();
    await world.post('model-versions/create', CREATE);
    await world.ask('DELETE model-versions/delete', { body: { name: 'wage', version: '1' } });
    const { json } = await world.post('model-versions/create', { ...CREATE, description: 'anew' });
    expect(json.model_version).toMatchObject({ version: '1', description: 'anew' });
    expect((await world.ask('GET model-versions/get', { query: { name: 'wage', version: '1' } })).status).toBe(200);
    expect(world.table.audit.at(-1)).toMatchObject({ type: 'Version Changed', detail: { restored: true } });
  });

  test('of which nothing is there is refused for good', async () => {
    const world = new RegistryWorld();
    await world.model('wage');
    world.register = async () => ({ outcome: 'refused', message: 'nothing lies below it' });
    expect(await world.post('model-versions/create', CREATE)).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'nothing lies below it' },
    });
  });
});

describe('a registration that takes longer than the gateway waits', () => {
  /** The function that registers, slowly: what it has begun goes on when nobody waits for it any more. */
  const slowWorld = async (slowness: number, patience: number) => {
    const world = await worldWithUpload();
    const begun: Promise<unknown>[] = [];
    const put = world.uploads.artifacts.put;
    world.uploads.artifacts.put = async (key, bytes, sha256) => {
      await sleep(slowness);
      return put(key, bytes, sha256);
    };
    const send = async (command: { input: { Payload: Uint8Array } }, { abortSignal }: { abortSignal: AbortSignal }) => {
      const answer = world.registerNow(JSON.parse(Buffer.from(command.input.Payload).toString('utf8')));
      begun.push(answer);
      const given = await Promise.race([answer, sleep(60_000, undefined, { signal: abortSignal, ref: false })]);
      return { Payload: Buffer.from(JSON.stringify(given)) };
    };
    const registrar = new LambdaRegistrar({ send } as unknown as LambdaClient, 'register', patience);
    world.register = (request) => registrar.register(request);
    return { world, begun };
  };

  test('is answered in time, with what clients try again; the retry finds the one version, with all that was said', async () => {
    const { world, begun } = await slowWorld(1000, 60);
    const before = Date.now();
    const first = await world.post('model-versions/create', CREATE);
    expect(Date.now() - before).toBeLessThan(1000);
    expect(first).toMatchObject({ status: 503, json: { error_code: 'TEMPORARILY_UNAVAILABLE' } });
    expect(first.json.message).toMatch(/goes on; ask again/);
    // The first registration still runs.
    const second = await world.post('model-versions/create', CREATE);
    expect(second.status).toBe(503);
    await Promise.all(begun);
    const third = await world.post('model-versions/create', CREATE);
    expect(third).toMatchObject({
      status: 200,
      json: { model_version: { version: '1', run_id: 'run-1', description: 'the first' } },
    });
    expect(third.json.model_version.tags).toEqual(CREATE.tags);
    expect(begun.length).toBe(3);
    expect(versionsIn(world, 'wage')).toBe(1);
    expect(world.table.audit.filter(({ type }) => type === 'Version Registered')).toHaveLength(1);
  });

  test('asked for many times at once makes one version, and nobody is refused', async () => {
    const { world } = await slowWorld(5, 30_000);
    const answers = await Promise.all(Array.from({ length: 5 }, () => world.post('model-versions/create', CREATE)));
    expect(answers.map(({ status, json }) => [status, json.model_version?.version])).toEqual(
      answers.map(() => [200, '1']),
    );
    expect(versionsIn(world, 'wage')).toBe(1);
  });

  test.each([
    [{ FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"out of memory"}') }, /out of memory/],
    [{ FunctionError: 'Unhandled', Payload: Buffer.from('null') }, /Unhandled/],
  ])('one that failed may be tried again: %j', async (answer, words) => {
    const registrar = new LambdaRegistrar({ send: async () => answer } as unknown as LambdaClient, 'register');
    const world = await worldWithUpload();
    world.register = (request) => registrar.register(request);
    const { status, json } = await world.post('model-versions/create', CREATE);
    expect([status, json.message]).toEqual([503, expect.stringMatching(words)]);
  });
});

describe('a copy of another model’s version', () => {
  const training = {
    datasets: [{ name: 'loans' }],
    parent: 1,
    code: { repo: 'git', commit: 'c1' },
  };

  const worldToCopy = async (access: 'open' | 'restricted' = 'open') => {
    const world = new RegistryWorld();
    await world.model('dev', access, 2);
    await world.model('prod');
    const parent = manifestSchema.parse({ training: { datasets: [{ name: 'old-loans' }] } });
    await world.version('dev', 1, { manifest: parent });
    const source = await world.version('dev', 2, { manifest: manifestSchema.parse({ training, owner: 'risk' }) });
    return { world, source };
  };

  test.each(['models:/dev/2', 'models:/DEV/2', 'models:/dev@best', 'models:/dev/latest'])(
    'by %s has its bytes and its digest, and says whence they are',
    async (uri) => {
      const { world, source } = await worldToCopy();
      await world.post('registered-models/alias', { name: 'dev', alias: 'best', version: '2' });
      const { status, json } = await world.post(
        'model-versions/create',
        { name: 'prod', source: uri, run_id: 'r' },
        EVE,
      );
      expect([status, json.model_version]).toEqual([
        200,
        expect.objectContaining({ version: '1', source: 'models:/dev/2', status: 'PENDING_REGISTRATION', run_id: 'r' }),
      ]);
      const copy = await recordOf(world, 'prod', 1);
      expect(copy).toMatchObject({
        rootDigest: source.rootDigest,
        uploader: { id: 'eve' },
        copiedFrom: { model: 'dev', version: 2 },
        artifactPrefix: `models/prod/${source.rootDigest}/`,
        manifest: {
          owner: 'risk',
          training: { code: training.code, datasets: [{ name: 'loans' }, { name: 'old-loans' }] },
        },
      });
      expect(copy?.manifest?.training?.parent).toBeUndefined();
      expect(world.uploads.stored.get(`models/prod/${source.rootDigest}/model.onnx`)?.toString()).toBe(
        'graph of dev 2',
      );
      expect(world.table.audit.find(({ type }) => type === 'Version Registered')).toMatchObject({
        model: 'prod',
        detail: { lineage: { copiedFrom: { model: 'dev', version: 2 } } },
      });
    },
  );

  test('made twice, or at the same moment, is one version', async () => {
    const { world } = await worldToCopy();
    const create = () => world.post('model-versions/create', { name: 'prod', source: 'models:/dev/2' });
    const answers = [...(await Promise.all([create(), create(), create()])), await create()];
    expect(answers.map(({ json }) => json.model_version?.version)).toEqual(['1', '1', '1', '1']);
    expect(versionsIn(world, 'prod')).toBe(1);
  });

  test('within its own model is the version that it is', async () => {
    const { world } = await worldToCopy();
    const { json } = await world.post('model-versions/create', { name: 'dev', source: 'models:/dev/2' });
    expect(json.model_version).toMatchObject({ name: 'dev', version: '2' });
    expect(versionsIn(world, 'dev')).toBe(2);
  });

  test('needs the grant to read the one and to upload to the other', async () => {
    const { world } = await worldToCopy('restricted');
    const create = (as = EVE) => world.post('model-versions/create', { name: 'prod', source: 'models:/dev/2' }, as);
    expect(await create()).toMatchObject({
      status: 403,
      json: { message: expect.stringMatching(/dev is restricted/) },
    });
    await world.grant('dev', 'user:eve');
    expect((await create()).status).toBe(200);
    await world.model('closed', 'restricted');
    expect(await world.post('model-versions/create', { name: 'closed', source: 'models:/dev/2' }, EVE)).toMatchObject({
      status: 403,
      json: { message: expect.stringMatching(/closed is restricted/) },
    });
    expect(versionsIn(world, 'closed')).toBe(0);
  });

  test.each([
    ['models:/dev/9', 404, /version=9\) not found/],
    ['models:/none/1', 404, /name=none not found/],
    ['models:/dev@nobody', 404, /alias nobody not found/],
    ['models:/dev/Production', 400, /no stages/],
    ['models:/dev/2/model.onnx', 400, /own place/],
    ['models:/dev', 400, /own place/],
    ['models:/m-none', 400, /no logged model/],
    ['models:/dev/3', 400, /was rejected and has no files/],
  ])('of %s is answered with %i', async (source, status, words) => {
    const { world } = await worldToCopy();
    const { model, uploader, source: place, generation, registeredAt } = registered(3);
    const rejection = { code: 'x', message: 'no good' };
    const record = { model, uploader, source: place, generation, registeredAt, rejectedAt: 1, rejection };
    await world.table.write([
      {
        Put: {
          TableName: 'registry',
          Item: { ...record, version: 3, status: 'REJECTED', pk: 'MODEL#dev', sk: SK.version(3) },
        },
      },
    ]);
    const answer = await world.post('model-versions/create', { name: 'prod', source });
    expect([answer.status, answer.json.message]).toEqual([status, expect.stringMatching(words)]);
    expect(versionsIn(world, 'prod')).toBe(0);
  });

  test('that lacks the signature which the other model’s policy wants is not made', async () => {
    const { world } = await worldToCopy();
    world.uploads.policyInForce = policySchema.parse({ gates: [{ kind: 'signed', severity: 'block' }] });
    expect(await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/2' })).toMatchObject({
      status: 400,
      json: {
        message: expect.stringMatching(
          /the policy of prod demands model\.sig, which version 2 of dev was registered without/,
        ),
      },
    });
    expect(versionsIn(world, 'prod')).toBe(0);
  });

  test('whose signature is of something else is refused, and nothing is recorded of it', async () => {
    const { world, source } = await worldToCopy();
    const sha256 = createHash('sha256').update('{}').digest('hex');
    const files = source.status === 'REJECTED' ? [] : [...source.files, { path: 'model.sig', size: 2, sha256 }];
    await world.version('dev', 3, { files, artifactPrefix: 'models/dev/3/' });
    world.uploads.stored.set('models/dev/3/model.sig', Buffer.from('{}'));
    world.uploads.stored.set('models/dev/3/model.onnx', Buffer.from('graph of dev 2'));
    const { status, json } = await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/3' });
    expect([status, json.message]).toEqual([400, expect.stringMatching(/^model\.sig is no/)]);
    expect(versionsIn(world, 'prod')).toBe(0);
  });

  test('whose bytes are not what was registered is not made', async () => {
    const { world, source } = await worldToCopy();
    const prefix = source.status === 'REJECTED' ? '' : source.artifactPrefix;
    world.uploads.stored.set(`${prefix}model.onnx`, Buffer.from('something else'));
    const { status, json } = await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/2' });
    expect([status, json.message]).toEqual([503, expect.stringMatching(/is not what was registered/)]);
    expect(versionsIn(world, 'prod')).toBe(0);
  });

  test('of a hosted model waits for hosting to be switched on, and is made then', async () => {
    const { world } = await worldToCopy();
    const manifest = manifestSchema.parse({ runtime: 'sagemaker', endpoint: 'risk-1', inputs: [{ name: 'age' }] });
    await world.version('dev', 3, { runtime: { kind: 'sagemaker', endpoint: 'risk-1' }, manifest });
    world.uploads.hosting = { deployment: 'test', sagemaker: 'off' };
    const create = () => world.post('model-versions/create', { name: 'prod', source: 'models:/dev/3' });
    const { status, json } = await create();
    expect([status, json.message]).toEqual([400, expect.stringMatching(/sagemaker\.enabled/)]);
    expect(versionsIn(world, 'prod')).toBe(0);
    world.uploads.hosting = { deployment: 'test', sagemaker: 'on' };
    expect((await create()).json.model_version).toMatchObject({ version: '1', status: 'PENDING_REGISTRATION' });
  });

  test('under a policy that lacks its name is made once an operator has added that', async () => {
    const { world } = await worldToCopy();
    await world.version('dev', 3, { manifest: manifestSchema.parse({ policy: 'credit' }) });
    const create = () => world.post('model-versions/create', { name: 'prod', source: 'models:/dev/3' });
    expect(await create()).toMatchObject({ status: 400, json: { message: expect.stringMatching(/credit/) } });
    world.uploads.policyInForce = policySchema.parse({ named: { credit: {} } });
    expect((await create()).json.model_version).toMatchObject({ version: '1', status: 'PENDING_REGISTRATION' });
  });

  test('rests on what a rejected ancestor was trained on', async () => {
    const { world } = await worldToCopy();
    const manifest = manifestSchema.parse({ training: { datasets: [{ name: 'withdrawable' }] } });
    const { model, uploader, source, generation, registeredAt } = registered(3);
    const record = { model, uploader, source, generation, registeredAt, rejectedAt: 1, manifest };
    const rejection = { code: 'gate-failed', message: 'no good' };
    const Item = { ...record, rejection, version: 3, status: 'REJECTED', pk: 'MODEL#dev', sk: SK.version(3) };
    await world.table.write([{ Put: { TableName: 'registry', Item } }]);
    await world.version('dev', 4, {
      manifest: manifestSchema.parse({ training: { datasets: [{ name: 'loans' }], parent: 3 } }),
    });
    await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/4' });
    expect((await recordOf(world, 'prod', 1))?.manifest?.training?.datasets).toEqual([
      { name: 'loans' },
      { name: 'withdrawable' },
    ]);
  });

  test('that rests on more datasets than a version may name is refused, and leaves no record', async () => {
    const { world } = await worldToCopy();
    const datasets = (from: string) => Array.from({ length: 40 }, (_, i) => ({ name: `${from}-${i}` }));
    await world.version('dev', 3, { manifest: manifestSchema.parse({ training: { datasets: datasets('a') } }) });
    await world.version('dev', 4, {
      manifest: manifestSchema.parse({ training: { datasets: datasets('b'), parent: 3 } }),
    });
    const { status, json } = await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/4' });
    expect([status, json.message]).toEqual([400, expect.stringMatching(/rest on more than 40 datasets/)]);
    expect(versionsIn(world, 'prod')).toBe(0);
  });

  test('of what a run logged says so of the copy, too', async () => {
    const { world } = await worldToCopy();
    const run = { id: 'run-9', datasets: [{ name: 'logged', digest: '1a2b3c4d' }] };
    await world.version('dev', 3, { run, manifest: manifestSchema.parse({ training: { parent: 1 } }) });
    await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/3' });
    const copy = await recordOf(world, 'prod', 1);
    expect(copy && lineageOf(copy)).toMatchObject({
      run: 'run-9',
      fromRun: ['datasets'],
      datasets: [{ name: 'logged' }, { name: 'old-loans' }],
    });
  });

  test('that a gate rejects still says whence it is', async () => {
    const { world } = await worldToCopy();
    await world.post('model-versions/create', { name: 'prod', source: 'models:/dev/2' });
    const copy = await recordOf(world, 'prod', 1);
    if (copy === undefined) throw new Error('no copy');
    const refused = modelVersionSchema.parse(rejected(copy, { code: 'gate-failed', message: 'no good' }, 9));
    expect(refused).toMatchObject({
      status: 'REJECTED',
      copiedFrom: { model: 'dev', version: 2 },
      signing: { status: 'unsigned' },
    });
  });
});
