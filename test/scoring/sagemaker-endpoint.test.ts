import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { HTTP_STATUS } from '../../lambdas/kernel/errors';
import type { Signature } from '../../lambdas/registry/contract';
import { endpointClient, SageMakerEndpoints } from '../../lambdas/scoring/adapters/sagemaker-endpoint';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { awsError, FakeAws } from './fake-aws';
import { versionOf } from './versions';

/** A container as SageMaker runs it: GET /ping and POST /invocations; the sum of a row is its prediction. */
const container = createServer((request, response) => {
  if (request.url === '/ping') return void response.end();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { instances } = JSON.parse(Buffer.concat(chunks).toString()) as { instances: number[][] };
    const predictions = instances.map((row) => row.reduce((sum, value) => sum + value, 0));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ predictions }));
  });
});
/** InvokeEndpoint in front of it. */
const aws = new FakeAws();
let containerUrl = '';

beforeAll(async () => {
  await aws.start();
  await new Promise<void>((resolve) => container.listen(0, '127.0.0.1', resolve));
  containerUrl = `http://127.0.0.1:${(container.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await aws.stop();
  await new Promise((resolve) => container.close(resolve));
});
beforeEach(() => {
  aws.requests.length = 0;
});

const signature: Signature = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [{ name: 'sum', datatype: 'FP64', shape: [-1] }],
  columns: [],
};
const version = { ...versionOf('binary', 1, { signature }), runtime: { kind: 'sagemaker' as const, endpoint: 'sums' } };
const inputs: Tensors = { X: { datatype: 'FP32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } };
const endpoints = () => new SageMakerEndpoints(new SageMakerRuntimeClient(aws.config));
const answering = (body: unknown) => () => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

test('rows go to the container as instances and come back as predictions', async () => {
  aws.answer = async ({ body }) => {
    const response = await fetch(`${containerUrl}/invocations`, { method: 'POST', body });
    return { headers: { 'content-type': 'application/json' }, body: await response.text() };
  };
  expect(await endpoints().score(version, inputs, 5000)).toEqual({
    sum: { datatype: 'FP64', shape: [2], data: Float64Array.of(6, 15) },
  });
  expect(aws.requests[0]).toMatchObject({
    method: 'POST',
    path: '/endpoints/sums/invocations',
    body: '{"instances":[[1,2,3],[4,5,6]]}',
  });
});

test('several inputs and outputs travel as objects by name', async () => {
  const many: Signature = {
    ...signature,
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'p', datatype: 'FP32', shape: [-1, 2] },
    ],
  };
  aws.answer = answering({ predictions: [{ label: 'yes', p: [0.25, 0.75], more: 1 }] });
  const tensors: Tensors = {
    age: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(40n) },
    member: { datatype: 'BOOL', shape: [1, 1], data: Uint8Array.of(1) },
    region: { datatype: 'BYTES', shape: [1], data: ['n'] },
  };
  expect(await endpoints().score({ ...version, signature: many }, tensors, 5000)).toEqual({
    label: { datatype: 'BYTES', shape: [1], data: ['yes'] },
    p: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.25, 0.75) },
  });
  expect(JSON.parse(aws.requests[0]?.body ?? '')).toEqual({ instances: [{ age: 40, member: [true], region: 'n' }] });
});

test.each([
  ['no predictions', { answers: [] }, /without a list of predictions/],
  ['too few', { predictions: [1] }, /1 predictions for 2 rows/],
  ['a wrong type', { predictions: [1, 'a'] }, /output sum, element 1: expected a number/],
  ['an unnamed output', { predictions: [{ a: 1 }, { a: 2 }] }, /prediction 0 holds no sum/],
])('%s in the answer is the endpoint’s fault', async (_, body, message) => {
  aws.answer = answering(body);
  await expect(endpoints().score(version, inputs, 5000)).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringMatching(message),
  });
});

test('text that is no JSON is the endpoint’s fault', async () => {
  aws.answer = () => ({ headers: { 'content-type': 'application/json' }, body: '<html>' });
  await expect(endpoints().score(version, inputs, 5000)).rejects.toMatchObject({ code: 'upstream-failed' });
});

const modelError = (OriginalStatusCode: number, OriginalMessage: string) => ({
  status: 424,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ModelError' },
  body: JSON.stringify({ OriginalStatusCode, OriginalMessage, Message: 'm' }),
});

test.each([
  ['ThrottlingException', awsError('ThrottlingException', 429), 'throttled', 429, /fewer requests/],
  ['TooManyRequestsException', awsError('TooManyRequestsException', 429), 'throttled', 429, /more instances/],
  ['a 429 without a name', { status: 429, body: '{}' }, 'throttled', 429, /too busy/],
  ['ServiceUnavailable', awsError('ServiceUnavailable', 503), 'not-ready', 503, /try again/],
  ['ModelNotReadyException', awsError('ModelNotReadyException', 429), 'not-ready', 503, /try again/],
  ['InternalDependencyException', awsError('InternalDependencyException', 530), 'not-ready', 503, /try again/],
  ['a 503 without a name', { status: 503, body: '' }, 'not-ready', 503, /try again/],
  [
    'an endpoint that does not exist',
    awsError('ValidationError', 400, 'Endpoint sums of account 123456789012 not found.'),
    'not-ready',
    503,
    /create it, or upload a version that names another/,
  ],
  [
    'a request that is too large',
    awsError('ValidationError', 400, 'Member must have length less than or equal to 6291456'),
    'upstream-failed',
    502,
    /does not take the request: .*6291456/,
  ],
  ['a missing tag', awsError('AccessDeniedException', 403), 'upstream-failed', 502, /tag it contender:deployment/],
  ['InternalFailure', awsError('InternalFailure', 500), 'upstream-failed', 502, /InternalFailure/],
  ['a container that fails', modelError(500, 'out of memory'), 'upstream-failed', 502, /with 500: out of memory$/],
  ['a container that dumps', modelError(400, `x\u0000${'y'.repeat(5000)}`), 'upstream-failed', 502, /: x y{298}…$/],
] as const)('%s is told in the domain’s words', async (_, answer, code, status, message) => {
  aws.answer = () => answer;
  const failure = await endpoints()
    .score(version, inputs, 5000)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(HTTP_STATUS[code]).toBe(status);
});

/** As scoring makes it, but for the address. */
const retrying = () => new SageMakerEndpoints(endpointClient({ ...aws.config, maxAttempts: 3 }));

test.each([
  ['ThrottlingException', awsError('ThrottlingException', 429)],
  ['ServiceUnavailable', awsError('ServiceUnavailable', 503)],
])('%s is tried again, and the caller sees the answer', async (_, fault) => {
  aws.answer = () => (aws.requests.length < 3 ? fault : answering({ predictions: [6, 15] })());
  const outputs = await retrying().score(version, inputs, 20_000);
  expect(outputs.sum?.data).toEqual(Float64Array.of(6, 15));
  expect(aws.requests).toHaveLength(3);
});

test.each([
  ['a container that fails', modelError(500, 'bug'), 1],
  ['an endpoint that does not exist', awsError('ValidationError', 400), 1],
  ['a service that is away', awsError('ServiceUnavailable', 503), 3],
])('%s costs so many attempts and no more', async (_, fault, attempts) => {
  aws.answer = () => fault;
  await expect(retrying().score(version, inputs, 20_000)).rejects.toThrow();
  expect(aws.requests).toHaveLength(attempts);
});

test('attempts and their pauses are spread at random', async () => {
  const client = endpointClient({ ...aws.config, maxAttempts: 3 });
  expect(await client.config.retryMode).toBe('standard');
  const random = jest.spyOn(Math, 'random');
  aws.answer = () =>
    aws.requests.length < 2 ? awsError('ThrottlingException', 429) : answering({ predictions: [1, 2] })();
  await new SageMakerEndpoints(client).score(version, inputs, 20_000);
  expect(random).toHaveBeenCalled();
  random.mockRestore();
});

test('an endpoint that is slower than the deadline is given up', async () => {
  aws.answer = () => new Promise(() => undefined);
  await expect(endpoints().score(version, inputs, 100)).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringContaining('within 100 ms'),
  });
});

test('the deadline holds for all attempts and pauses together', async () => {
  const random = jest.spyOn(Math, 'random').mockReturnValue(0.999);
  aws.answer = () => awsError('ThrottlingException', 429);
  const startedAt = performance.now();
  await expect(retrying().score(version, inputs, 200)).rejects.toMatchObject({
    message: expect.stringContaining('within 200 ms'),
  });
  expect(performance.now() - startedAt).toBeLessThan(450);
  random.mockRestore();
});

test('the SDK’s own environment variable leads to a container that runs elsewhere', async () => {
  const { endpoint, ...config } = aws.config;
  process.env.AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME = endpoint;
  try {
    aws.answer = answering({ predictions: [6, 15] });
    const scored = await new SageMakerEndpoints(endpointClient(config)).score(version, inputs, 5000);
    expect(scored.sum?.data).toEqual(Float64Array.of(6, 15));
    expect(aws.requests[0]?.path).toBe('/endpoints/sums/invocations');
  } finally {
    delete process.env.AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME;
  }
});
