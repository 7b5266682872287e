import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { logger } from '../../lambdas/kernel/logger';
import { SecretsKeyRing } from '../../lambdas/predictions/adapters/secrets-key-ring';
import { keyRingSchema, type PredictionDraft } from '../../lambdas/predictions/contract';
import { mintPredictionId, openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { openWithCurrentKeys } from '../../lambdas/predictions/open-prediction-id';
import { awsError, FakeAws } from '../scoring/fake-aws';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());
beforeEach(() => {
  aws.requests.length = 0;
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

const KEY_1 = Buffer.alloc(32, 1).toString('base64');
const KEY_2 = Buffer.alloc(32, 2).toString('base64');
const holding = (value: unknown) => () => ({
  body: JSON.stringify({ Name: 'keys', SecretString: typeof value === 'string' ? value : JSON.stringify(value) }),
});
const draft: PredictionDraft = {
  model: 'credit',
  version: 1,
  role: 'champion',
  client: '0123456789abcdef',
  requestId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  row: 0,
  bucket: 0,
  prediction: { kind: 'class', index: 0 },
  segments: [],
  protected: [],
  propensity: 1,
};
const clock = { now: 1_000_000 };
const source = () => new SecretsKeyRing(new SecretsManagerClient(aws.config), 'arn:keys', 'test', () => clock.now);
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

test('the ring is read once, whoever asks', async () => {
  aws.answer = holding({ current: 'k1', keys: { k1: KEY_1 } });
  const keys = source();
  const [one, other] = await Promise.all([keys.current(), keys.current()]);
  expect(one).toBe(other);
  expect(aws.requests).toHaveLength(1);
});

test('the secret that Secrets Manager generates is a ring of one key', async () => {
  const generated = { current: 'k1', k1: 'aB3'.repeat(21) };
  expect(keyRingSchema.parse(generated)).toEqual({ current: 'k1', keys: { k1: generated.k1 } });
  aws.answer = holding(generated);
  const ring = await source().current();
  expect(openPredictionId(mintPredictionId(draft, ring), ring)).toMatchObject(draft);
});

test.each([
  ['no current key', { current: 'k2', keys: { k1: KEY_1 } }],
  ['a short key', { current: 'k1', keys: { k1: 'c2hvcnQ=' } }],
  ['no keys', { current: 'k1' }],
  ['no JSON', 'hello'],
])('a secret with %s is no ring', async (_, value) => {
  aws.answer = holding(value);
  await expect(source().current()).rejects.toMatchObject({ code: 'not-ready' });
});

test('an aged ring is handed out while the next one is fetched', async () => {
  aws.answer = holding({ current: 'k1', keys: { k1: KEY_1 } });
  const keys = source();
  const first = await keys.current();
  aws.answer = holding({ current: 'k2', keys: { k1: KEY_1, k2: KEY_2 } });
  clock.now += 300_000;
  expect(await keys.current()).toBe(first);
  await settle();
  const second = await keys.current();
  expect(second).not.toBe(first);
  expect(openPredictionId(mintPredictionId(draft, second), second).keyId).toBe('k2');
});

test('when the secret cannot be read the last ring goes on, and it is asked for again ten seconds later', async () => {
  aws.answer = holding({ current: 'k1', keys: { k1: KEY_1 } });
  const keys = source();
  const ring = await keys.current();
  aws.answer = () => awsError('InternalServiceError', 500);
  clock.now += 300_000;
  expect(await keys.current()).toBe(ring);
  await settle();
  expect(await keys.current()).toBe(ring);
  expect(aws.requests).toHaveLength(2);
  clock.now += 10_000;
  expect(await keys.current()).toBe(ring);
  await settle();
  expect(aws.requests).toHaveLength(3);
});

test('an id sealed with a key younger than the cache opens after one more read; forged ones cause no flood', async () => {
  aws.answer = holding({ current: 'k1', keys: { k1: KEY_1 } });
  const opener = source();
  const stale = await opener.current();
  aws.answer = holding({ current: 'k2', keys: { k1: KEY_1, k2: KEY_2 } });
  const young = mintPredictionId(draft, await source().current());
  clock.now += 10_000;
  expect(() => openPredictionId(young, stale)).toThrow(expect.objectContaining({ code: 'gone' }));
  expect(await openWithCurrentKeys(young, opener)).toMatchObject({ keyId: 'k2' });
  const reads = aws.requests.length;
  const forged = Buffer.concat([Buffer.from([1]), Buffer.alloc(80, 9)]).toString('base64url');
  for (let i = 0; i < 5; i++) await expect(openWithCurrentKeys(forged, opener)).rejects.toMatchObject({ code: 'gone' });
  expect(aws.requests).toHaveLength(reads);
});
