import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Signature } from '../../lambdas/registry/contract';
import { SageMakerEndpoints } from '../../lambdas/scoring/adapters/sagemaker-endpoint';
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

test('throttling is told apart from failure, and a container’s own message is passed on', async () => {
  aws.answer = () => awsError('ThrottlingException', 429);
  await expect(endpoints().score(version, inputs, 5000)).rejects.toMatchObject({ code: 'throttled' });
  aws.answer = () => ({
    status: 424,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ModelError' },
    body: JSON.stringify({ OriginalStatusCode: 500, OriginalMessage: 'out of memory', Message: 'm' }),
  });
  await expect(endpoints().score(version, inputs, 5000)).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringContaining('500: out of memory'),
  });
  aws.answer = () => awsError('ServiceUnavailable', 503);
  await expect(endpoints().score(version, inputs, 5000)).rejects.toMatchObject({ code: 'upstream-failed' });
});

test('an endpoint that is slower than the deadline is given up', async () => {
  aws.answer = () => new Promise(() => undefined);
  await expect(endpoints().score(version, inputs, 100)).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringContaining('within 100 ms'),
  });
});
