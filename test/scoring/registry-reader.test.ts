import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoRegistryReader } from '../../lambdas/scoring/adapters/registry-reader';
import { awsError, FakeAws } from './fake-aws';
import { fakeRegistry, type Items } from './fake-registry';
import { refOf, versionOf } from './versions';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

const champion = versionOf('binary', 1);
const challenger = versionOf('binary-opposite', 2);
const META = { model: 'credit', createdAt: 0, latestVersion: 2, access: 'restricted', policyNumber: 0, generation: 1 };
const SHADOW = {
  mode: 'shadow',
  model: 'credit',
  generation: 1,
  changedAt: 0,
  champion: refOf(champion),
  challenger: refOf(challenger),
  rolloutId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
};

const table = (items: Items) => {
  aws.requests.length = 0;
  aws.answer = fakeRegistry(items);
  return new DynamoRegistryReader(new DynamoDBClient(aws.config), 'registry');
};
const ITEMS = {
  'APPROVAL#1': {},
  'GRANT#client:shop': { principal: 'client:shop', roles: ['app'], entity: 'Grant' },
  META,
  'POLICY#0000000001': {},
  ROUTE: { ...SHADOW, pk: 'MODEL#credit', entity: 'Route' },
  'VERSION#0000000001': champion,
  'VERSION#0000000002': challenger,
};

test('a model is read with its route, grants and the versions that serve', async () => {
  const found = await table(ITEMS).readModel('Credit');
  expect(found).toMatchObject({
    model: 'credit',
    access: 'restricted',
    grants: [{ principal: 'client:shop', roles: ['app'] }],
    route: { mode: 'shadow', generation: 1 },
    champion: { version: 1, rootDigest: champion.rootDigest },
    challenger: { version: 2 },
  });
  expect(aws.requests).toHaveLength(4);
});

test('records of versions are read once', async () => {
  const reader = table(ITEMS);
  await reader.readModel('credit');
  await reader.readModel('credit');
  expect(aws.requests).toHaveLength(6);
});

test('a model without a route is unserved, and an unknown one is undefined', async () => {
  expect(await table({ META }).readModel('credit')).toMatchObject({ route: { mode: 'unserved' }, champion: undefined });
  expect(await table({}).readModel('credit')).toBeUndefined();
});

test('a challenger whose record is missing leaves the champion alone', async () => {
  const found = await table({ ...ITEMS, 'VERSION#0000000002': undefined }).readModel('credit');
  expect(found).toMatchObject({ champion: { version: 1 }, challenger: undefined });
});

test('a champion whose digest is not the route’s is never served', async () => {
  const other = { ...champion, rootDigest: 'f'.repeat(64) };
  await expect(table({ ...ITEMS, 'VERSION#0000000001': other }).readModel('credit')).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringContaining('names version 1'),
  });
});

test.each([
  ['ThrottlingException', 'throttled'],
  ['InternalServerError', 'upstream-failed'],
])('%s becomes %s', async (name, code) => {
  const reader = table(ITEMS);
  aws.answer = () => awsError(name);
  await expect(reader.readModel('credit')).rejects.toMatchObject({ code });
});
