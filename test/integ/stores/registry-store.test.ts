import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Conflict, InvalidInput } from '../../../lambdas/kernel/errors';
import { LIST, modelKey, SK } from '../../../lambdas/registry/adapters/keys';
import { ModelSettings } from '../../../lambdas/registry/adapters/model-settings';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { type AuditEvent, modelSchema, modelVersionSchema, policySchema } from '../../../lambdas/registry/contract';
import { verifyChain } from '../../../lambdas/registry/domain/audit-chain';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { DynamoSlots } from '../../../lambdas/upload/adapters/dynamo-slots';
import type { Registrations } from '../../../lambdas/upload/ports';
import { createRegistryTables, deleteRegistryTables } from '../../../local/registry-tables';
import { candidateOf, rejectedOf } from '../../registry/candidates';
import { ADA, FakeRegistrations, SLOT_ID, slotOf } from '../../upload/fakes';
import { freshModel, platform } from '../platform';

const OPERATOR = { kind: 'person', id: 'olga', name: 'Olga' } as const;
const numbersOf = (results: ReadonlyArray<{ version: number }>): number[] =>
  results.map(({ version }) => version).sort((a, b) => a - b);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** What both promise: numbers without gaps, and nothing twice. */
const contract = (open: () => Registrations) => {
  test('uploads of one model that come at once get distinct numbers without gaps', async () => {
    const registrations = open();
    const candidates = upTo(8).map((i) => candidateOf({ upload: `u${i}`, digest: i }));
    const results = await Promise.all(candidates.map((candidate) => registrations.register(candidate)));
    expect(numbersOf(results)).toEqual(upTo(8));
    expect(results.every(({ outcome }) => outcome === 'registered')).toBe(true);
  });

  test('rejected uploads take their numbers in the same row', async () => {
    const registrations = open();
    const results = await Promise.all([
      registrations.register(candidateOf({ upload: 'a', digest: 1 })),
      registrations.reject(rejectedOf({ upload: 'b' })),
      registrations.register(candidateOf({ upload: 'c', digest: 2 })),
    ]);
    expect(numbersOf(results)).toEqual([1, 2, 3]);
  });

  test('one upload that is told of many times at once is one version', async () => {
    const registrations = open();
    const candidate = candidateOf({ upload: 'same', digest: 1 });
    const results = await Promise.all(upTo(6).map(() => registrations.register(candidate)));
    expect(new Set(numbersOf(results))).toEqual(new Set([1]));
    expect(results.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1);
    expect(await registrations.findUpload(candidate.uploadHash)).toBe(1);
  });

  test('the same bytes from two uploads at once are one version', async () => {
    const registrations = open();
    const results = await Promise.all(
      upTo(4).map((i) => registrations.register(candidateOf({ upload: `u${i}`, digest: 1 }))),
    );
    expect(results.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1);
    expect(new Set(numbersOf(results))).toEqual(new Set([1]));
  });

  test('bytes are the same whatever the spelling of the model, and other models are others', async () => {
    const registrations = open();
    await registrations.register(candidateOf({ upload: 'a', digest: 1, model: 'wage' }));
    expect(await registrations.register(candidateOf({ upload: 'b', digest: 1, model: 'WAGE' }))).toEqual({
      outcome: 'duplicate',
      version: 1,
    });
    expect(await registrations.register(candidateOf({ upload: 'c', digest: 1, model: 'credit' }))).toEqual({
      outcome: 'registered',
      version: 1,
    });
  });

  test('another upload of bytes that are there leads to their version', async () => {
    const registrations = open();
    await registrations.register(candidateOf({ upload: 'a', digest: 1 }));
    const again = candidateOf({ upload: 'b', digest: 1 });
    await registrations.register(again);
    expect(await registrations.findUpload(again.uploadHash)).toBe(1);
  });

  test('bytes that were rejected may be uploaded again', async () => {
    const registrations = open();
    await registrations.reject(rejectedOf({ upload: 'a', digest: 1 }));
    expect((await registrations.reject(rejectedOf({ upload: 'a', digest: 1 }))).outcome).toBe('duplicate');
    expect((await registrations.register(candidateOf({ upload: 'b', digest: 1 }))).outcome).toBe('registered');
  });
};

describe('registrations in memory', () => contract(() => new FakeRegistrations()));

describe('the registry on DynamoDB', () => {
  let dynamo: DynamoDBClient;
  let registry = '';
  let audit = '';
  let table: RegistryTable;
  let reader: RegistryReader;

  beforeAll(() => {
    dynamo = new DynamoDBClient(platform().aws);
  });
  beforeEach(async () => {
    ({ registry, audit } = await createRegistryTables(dynamo, freshModel('store')));
    table = new RegistryTable(dynamo, registry, audit);
    reader = new RegistryReader(table);
  });
  afterEach(() => deleteRegistryTables(dynamo, { registry, audit }));

  const registrations = (newModels: 'open' | 'restricted' = 'open') => new DynamoRegistrations(table, newModels);
  const eventsOf = async (model: string): Promise<AuditEvent[]> =>
    [...(await table.auditPage(model, { limit: 200 })).items].reverse();

  contract(registrations);

  test('every version has its event, in a chain that is whole', async () => {
    await Promise.all(
      upTo(6).map((i) =>
        i % 3
          ? registrations().register(candidateOf({ upload: `u${i}`, digest: i }))
          : registrations().reject(rejectedOf({ upload: `u${i}` })),
      ),
    );
    const events = await eventsOf('wage');
    expect(verifyChain(events)).toBeUndefined();
    expect(events.map(({ sequence }) => sequence)).toEqual(upTo(6));
    expect(events.map(({ version = 0 }) => version).sort()).toEqual(upTo(6));
    const versions = await table.page(modelKey('wage'), SK.versions, modelVersionSchema, { limit: 200 });
    expect(versions.items.map(({ version }) => version)).toEqual(upTo(6).reverse());
    expect(await reader.model('wage')).toMatchObject({ latestVersion: 6, generation: 5 });
  });

  test('an event says what the version was made from, and by whose hand', async () => {
    const manifest = {
      training: {
        datasets: [{ name: 'loans-2025', rows: 1200 }],
        code: { repo: 'git', commit: 'abc' },
        parent: 3,
        seed: 7,
      },
    };
    await registrations().register(candidateOf({ upload: 'a', digest: 1, manifest }));
    const [event] = await eventsOf('wage');
    expect(event).toMatchObject({
      type: 'Version Registered',
      actor: ADA,
      version: 1,
      detail: { runtime: 'onnx', lineage: manifest.training },
    });
  });

  test('who uploads bytes that are there already is put on record, once for each upload', async () => {
    await registrations().register(candidateOf({ upload: 'a', digest: 1, model: 'Wage' }));
    const again = candidateOf({ upload: 'b', digest: 1, model: 'wage' });
    // The event of one upload comes three times, twice of them at once.
    await Promise.all([registrations().register(again), registrations().register(again)]);
    await registrations().register(again);
    const events = await eventsOf('wage');
    expect(verifyChain(events)).toBeUndefined();
    expect(
      events.map(({ type, model, version, actor, detail }) => ({ type, model, version, actor, source: detail.source })),
    ).toEqual([
      expect.objectContaining({ type: 'Version Registered' }),
      { type: 'Upload Repeated', model: 'Wage', version: 1, actor: again.uploader, source: again.source.key },
    ]);
  });

  test('a registration that dies before its commit leaves nothing, and the next try takes the same number', async () => {
    const broken = new RegistryTable(dynamo, registry, 'no-such-table');
    const dying = new DynamoRegistrations(broken, 'open').register(candidateOf({ upload: 'a', digest: 1 }));
    await expect(dying).rejects.toThrow();
    expect(await reader.findModel('wage')).toBeUndefined();
    expect(await registrations().findUpload(candidateOf({ upload: 'a' }).uploadHash)).toBeUndefined();
    expect(await registrations().register(candidateOf({ upload: 'a', digest: 1 }))).toEqual({
      outcome: 'registered',
      version: 1,
    });
  });

  test('a model keeps the spelling that it was made with', async () => {
    await registrations().register(candidateOf({ upload: 'a', digest: 1, model: 'Wage' }));
    await registrations().register(candidateOf({ upload: 'b', digest: 2, model: 'wAGE' }));
    expect(await reader.version('WAGE', 2)).toMatchObject({ model: 'Wage', version: 2 });
    expect((await eventsOf('wage')).map(({ model }) => model)).toEqual(['Wage', 'Wage']);
  });

  test('changes of one model at once all find their place in its chain', async () => {
    const change = (i: number) => ({
      audit: { model: 'wage', type: 'Review Recorded' as const, at: i, actor: OPERATOR, detail: { i } },
      writes: [{ Put: { TableName: registry, Item: { pk: 'X', sk: String(i) } } }],
    });
    await Promise.all(upTo(5).map((i) => table.commit(change(i))));
    const events = await eventsOf('wage');
    expect(verifyChain(events)).toBeUndefined();
    expect(events).toHaveLength(5);
  });

  test('a change whose own condition fails is a conflict, and leaves no event', async () => {
    const Item = { pk: 'X', sk: 'once' };
    const change = {
      audit: { model: 'wage', type: 'Review Recorded' as const, at: 1, actor: OPERATOR, detail: {} },
      writes: [{ Put: { TableName: registry, Item, ConditionExpression: 'attribute_not_exists(pk)' } }],
    };
    await table.commit(change);
    await expect(table.commit(change)).rejects.toThrow(Conflict);
    expect(await eventsOf('wage')).toHaveLength(1);
  });

  test('an event that somebody overwrites behind the ledger is found', async () => {
    for (const i of upTo(3)) await registrations().register(candidateOf({ upload: `u${i}`, digest: i }));
    const Item = { ...(await eventsOf('wage'))[1], at: 1, pk: modelKey('wage'), sk: SK.event(2) };
    await DynamoDBDocumentClient.from(dynamo).send(new PutCommand({ TableName: audit, Item }));
    expect(verifyChain(await eventsOf('wage'))).toEqual({ sequence: 2, fault: 'overwritten' });
  });

  test('pages follow each other without gap or repeat', async () => {
    for (const i of upTo(5)) await registrations().register(candidateOf({ upload: `u${i}`, digest: i }));
    const seen: number[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await table.auditPage('wage', { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ sequence }) => sequence));
      cursor = page.cursor;
      more = cursor !== undefined;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });

  test.each([
    ['no cursor at all', 'what?'],
    ['a number', Buffer.from('5').toString('base64url')],
    ['an object of other things', Buffer.from('{"pk":1}').toString('base64url')],
  ])('a cursor that is %s is refused as input', async (_what, cursor) => {
    await expect(table.auditPage('wage', { limit: 2, cursor })).rejects.toThrow(InvalidInput);
  });

  test('a policy may come before the first version, and each one gets the next number', async () => {
    const settings = new ModelSettings(table, 'open');
    const policy = policySchema.parse({ approval: { knownUploader: 2 } });
    expect(await reader.policy('wage')).toMatchObject({ number: 0 });
    expect(await settings.putPolicy('wage', policy, OPERATOR, 1)).toBe(1);
    expect(await settings.putPolicy('wage', policySchema.parse({}), OPERATOR, 2)).toBe(2);
    expect(await reader.model('wage')).toMatchObject({ latestVersion: 0, policyNumber: 2 });
    expect((await registrations().register(candidateOf({ upload: 'a', digest: 1 }))).version).toBe(1);
    expect(await reader.policy('wage')).toEqual({ number: 2, policy: policySchema.parse({}) });
    expect((await eventsOf('wage')).map(({ type }) => type)).toEqual([
      'Policy Changed',
      'Policy Changed',
      'Version Registered',
    ]);
  });

  test('of two policies that are put at once, one is in force and the other was told', async () => {
    const settings = new ModelSettings(table, 'open');
    await settings.putPolicy('wage', policySchema.parse({}), OPERATOR, 1);
    const puts = await Promise.allSettled(
      upTo(3).map((i) =>
        settings.putPolicy('wage', policySchema.parse({ drift: { threshold: 100 + i } }), OPERATOR, i),
      ),
    );
    const inForce = await reader.policy('wage');
    expect(inForce.number).toBe(1 + puts.filter(({ status }) => status === 'fulfilled').length);
    for (const put of puts) if (put.status === 'rejected') expect(put.reason).toBeInstanceOf(Conflict);
    expect(verifyChain(await eventsOf('wage'))).toBeUndefined();
  });

  test('on a restricted model the first known uploader is granted, and nobody else', async () => {
    const restricted = registrations('restricted');
    await restricted.register(candidateOf({ upload: 'a', digest: 1 }));
    await restricted.register(candidateOf({ upload: 'b', digest: 2, uploader: { ...ADA, id: 'ben' } }));
    expect(await reader.access('wage')).toMatchObject({
      mode: 'restricted',
      grants: [{ principal: 'user:ada', roles: ['data-scientist'] }],
    });
  });

  test('an unknown hand is granted nothing', async () => {
    const uploader = { kind: 'unknown', id: 's3://uploads' } as const;
    await registrations('restricted').register(candidateOf({ upload: 'a', digest: 1, uploader }));
    expect((await reader.access('wage')).grants).toEqual([]);
  });

  test('a policy that came first does not cost the first uploader the grant, nor an earlier grant its roles', async () => {
    const settings = new ModelSettings(table, 'restricted');
    const grants = [{ principal: 'user:ada', roles: ['operator' as const] }];
    await settings.putPolicy('wage', policySchema.parse({}), OPERATOR, 1);
    await registrations('restricted').register(candidateOf({ upload: 'a', digest: 1 }));
    expect((await reader.access('wage')).grants).toMatchObject([{ principal: 'user:ada', roles: ['data-scientist'] }]);
    await settings.putAccess('credit', { mode: 'restricted', grants }, [], OPERATOR, 1);
    await registrations('restricted').register(candidateOf({ upload: 'b', digest: 2, model: 'credit' }));
    expect((await reader.access('credit')).grants).toMatchObject(grants);
  });

  test('access is what was put last, also for grants that slept while the model was open', async () => {
    const settings = new ModelSettings(table, 'open');
    const grantTo = (name: string) => ({ principal: `user:${name}`, roles: ['reviewer' as const] });
    const put = async (mode: 'open' | 'restricted', ...names: string[]) =>
      settings.putAccess('wage', { mode, grants: names.map(grantTo) }, await reader.grants('wage'), OPERATOR, 1);
    await put('open', 'ada', 'ben');
    await put('restricted', 'ben');
    expect((await reader.access('wage')).grants).toMatchObject([grantTo('ben')]);
    await put('restricted');
    expect((await reader.access('wage')).grants).toEqual([]);
  });

  test('the list of models has each of them once, A to Z', async () => {
    for (const model of ['wage', 'Credit'])
      for (const i of [1, 2]) await registrations().register(candidateOf({ upload: model + i, digest: i, model }));
    const { items } = await table.list(LIST.models, modelSchema, { limit: 50 });
    expect(items.map(({ model, latestVersion }) => [model, latestVersion])).toEqual([
      ['Credit', 2],
      ['wage', 2],
    ]);
  });

  describe('a slot', () => {
    const slots = () => new DynamoSlots(table);
    const inSlot = { slot: SLOT_ID };
    beforeEach(() => slots().open(slotOf('wage')));
    const status = async () => (await slots().find(SLOT_ID))?.status;

    test('waits until something is registered from it', async () => {
      expect(await status()).toEqual({ status: 'WAITING' });
      await registrations().register({ ...candidateOf({ upload: 'a', digest: 1 }), ...inSlot });
      expect(await status()).toEqual({ status: 'REGISTERED', version: 1 });
    });

    test('tells of a rejection with its reason', async () => {
      await registrations().reject({ ...rejectedOf({ upload: 'a' }), ...inSlot });
      expect(await status()).toMatchObject({ status: 'REJECTED', version: 1, rejection: { code: 'not-onnx' } });
    });

    test('tells of bytes that were there before', async () => {
      await registrations().register(candidateOf({ upload: 'a', digest: 1 }));
      await registrations().register({ ...candidateOf({ upload: 'b', digest: 1 }), ...inSlot });
      expect(await status()).toEqual({ status: 'DUPLICATE', version: 1 });
    });

    test('says the same when its event comes twice', async () => {
      const candidate = { ...candidateOf({ upload: 'a', digest: 1 }), ...inSlot };
      await registrations().register(candidate);
      expect((await registrations().register(candidate)).outcome).toBe('duplicate');
      expect(await status()).toEqual({ status: 'REGISTERED', version: 1 });
    });

    test('can be opened once, and is found with its hand', async () => {
      await expect(slots().open(slotOf('credit'))).rejects.toThrow(Conflict);
      expect(await registrations().findSlot(SLOT_ID)).toMatchObject({ model: 'wage', uploader: ADA });
      expect(await registrations().findSlot('another')).toBeUndefined();
    });

    test('is forgotten four weeks after its URLs ran out, when no event can come back any more', async () => {
      const Key = { pk: `SLOT#${SLOT_ID}`, sk: 'SLOT' };
      const { Item } = await DynamoDBDocumentClient.from(dynamo).send(new GetCommand({ TableName: registry, Key }));
      expect(Item?.ttl).toBe(2 + 28 * 86_400);
    });
  });
});
