import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';
import { KeyRing } from '../../lambdas/predictions/domain/key-ring';
import { openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { bucketOf } from '../../lambdas/scoring/domain/route-request';
import { FakeAws, type FakeRequest } from './fake-aws';
import { fakeRegistry } from './fake-registry';
import { fixtureGraph, refOf, versionOf } from './versions';

const KEYS = { current: 'k1', k1: 'A1b2'.repeat(16) };
const champion = versionOf('binary', 1);
const route = { mode: 'champion', model: 'credit', generation: 0, changedAt: 0, champion: refOf(champion) };
const meta = { model: 'credit', createdAt: 0, latestVersion: 1, access: 'open', policyNumber: 0, generation: 0 };

const aws = new FakeAws();
const answers = (request: FakeRequest) => {
  if (request.method === 'GET') return { body: fixtureGraph('binary') };
  if (request.operation === 'GetSecretValue') return { body: JSON.stringify({ SecretString: JSON.stringify(KEYS) }) };
  return fakeRegistry({ META: meta, ROUTE: route, 'VERSION#0000000001': champion })(request);
};

type Handler = typeof import('../../lambdas/scoring/infer.lambda').handler;
let handler: Handler;
const lines: { message: unknown; facts: unknown }[] = [];

beforeAll(async () => {
  await aws.start();
  aws.answer = answers;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.config.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    DEPLOYMENT: 'test',
    REGISTRY_TABLE: 'registry',
    ARTIFACT_BUCKET: 'artifacts',
    UPLOAD_BUCKET: 'uploads',
    PREDICTION_KEYS_SECRET: 'keys',
    MEMORY_MB: '512',
    SHADOW_DEADLINE_MS: '100',
    CANARY_DEADLINE_MS: '2000',
  });
  for (const level of ['info', 'error'] as const) {
    jest.spyOn(logger, level).mockImplementation((...[message, facts]) => void lines.push({ message, facts }));
  }
  ({ handler } = await import('../../lambdas/scoring/infer.lambda'));
});
afterAll(() => aws.stop());
beforeEach(() => {
  lines.length = 0;
});

const CLAIMS = { client_id: 'shop', scope: 'contender/predict' };
const event = (method: string, rawPath: string, rest: object = {}, claims: object | undefined = CLAIMS) =>
  ({
    rawPath,
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      requestId: 'gateway-1',
      http: { method },
      ...(claims ? { authorizer: { jwt: { claims } } } : {}),
    },
    ...rest,
  }) as APIGatewayProxyEventV2WithJWTAuthorizer;
const body = JSON.stringify({ inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 3], data: [9, 0.125, 0] }] });
const INFER = '/v2/models/credit/infer';
const idOf = (text: string | undefined): string => JSON.parse(text ?? '').parameters.prediction_id;

test('a request of the gateway is answered, with its base64 undone and its routing key in the id', async () => {
  const encoded = { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  const response = await handler(
    event('POST', INFER, { ...encoded, headers: { 'contender-routing-key': 'customer-7' } }),
  );
  expect(response).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'contender-model-version': '1' },
  });
  const ring = new KeyRing({ current: 'k1', keys: { k1: KEYS.k1 } }, 'test');
  expect(openPredictionId(idOf(response.body), ring)).toMatchObject({ version: 1, bucket: bucketOf('customer-7') });
});

test('without a routing key the gateway’s request id routes', async () => {
  const response = await handler(event('POST', INFER, { body }));
  const ring = new KeyRing({ current: 'k1', keys: { k1: KEYS.k1 } }, 'test');
  expect(openPredictionId(idOf(response.body), ring).bucket).toBe(bucketOf('gateway-1'));
});

test('every request leaves one line that holds no features and no answers', async () => {
  await handler(event('POST', INFER, { body }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    message: 'request',
    facts: { path: INFER, status: 200, model: 'credit', version: 1, role: 'champion', rows: 1, requestId: 'gateway-1' },
  });
  expect(JSON.stringify(lines)).not.toMatch(/0\.125|data|probabilities/);
});

test('errors are the protocol’s, and health needs no token', async () => {
  expect(await handler(event('POST', INFER, { body: '{' }))).toMatchObject({ statusCode: 400 });
  expect(await handler(event('POST', INFER))).toMatchObject({ statusCode: 400 });
  const open = event('GET', '/v2/health/live');
  delete (open.requestContext as { authorizer?: unknown }).authorizer;
  expect(await handler(open)).toMatchObject({ statusCode: 200, body: '{"live":true}' });
  expect(lines).toHaveLength(3);
});

test('a request of the MLflow protocol is answered with ids, and what is too large in its own form', async () => {
  const path = '/models/credit/invocations';
  const headers = { 'content-type': 'text/csv' };
  const response = await handler(event('POST', path, { body: 'tenure,age,income\n0,9,0.125', headers }));
  expect(response).toMatchObject({ statusCode: 200, headers: { 'contender-model-version': '1' } });
  expect(JSON.parse(response.body ?? '')).toMatchObject({
    predictions: [{ label: 1 }],
    prediction_ids: [expect.any(String)],
  });
  const large = 'x'.repeat(5_800_001);
  const [invocation, infer] = [
    await handler(event('POST', path, { body: large, headers })),
    await handler(event('POST', INFER, { body: large })),
  ];
  expect(invocation).toMatchObject({ statusCode: 413 });
  expect(JSON.parse(invocation.body ?? '')).toEqual({
    error_code: 'INVALID_PARAMETER_VALUE',
    message: expect.stringContaining('send fewer rows'),
  });
  expect(JSON.parse(infer.body ?? '')).toEqual({ error: expect.stringContaining('parameters.input_uri') });
});

test('bytes go out in base64, and their JSON says so', async () => {
  const json = JSON.stringify({
    parameters: { binary_data_output: true },
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } }],
  });
  const whole = Buffer.concat([Buffer.from(json), Buffer.from(Float32Array.of(9, 0, 0).buffer)]);
  const headers = { 'inference-header-content-length': String(json.length) };
  const response = await handler(
    event('POST', INFER, { body: whole.toString('base64'), isBase64Encoded: true, headers }),
  );
  expect(response).toMatchObject({
    statusCode: 200,
    isBase64Encoded: true,
    headers: { 'content-type': 'application/octet-stream' },
  });
  const bytes = Buffer.from(response.body ?? '', 'base64');
  const length = Number(response.headers?.['inference-header-content-length']);
  expect(JSON.parse(bytes.subarray(0, length).toString()).outputs[0].name).toBe('label');
  expect(bytes.readBigInt64LE(length)).toBe(1n);
});

test('a body that Lambda could hardly take is refused with the way that is left', async () => {
  const response = await handler(event('POST', INFER, { body: ' '.repeat(5_800_001) }));
  expect(response).toMatchObject({ statusCode: 413 });
  expect(JSON.parse(response.body ?? '').error).toMatch(/limit of 5\.8 MB as text, 4\.3 MB as bytes.*input_uri/);
});
