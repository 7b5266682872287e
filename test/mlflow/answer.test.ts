import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import * as z from 'zod';
import { Conflict, Forbidden, NotFound, Throttled, Unauthenticated } from '../../lambdas/kernel/errors';
import { logger } from '../../lambdas/kernel/logger';
import { answerOf, type Protocol } from '../../lambdas/mlflow/answer';
import { type Caller, call } from '../../lambdas/mlflow/call';
import { Refusal } from '../../lambdas/mlflow/domain/refusal';

const CALLER: Caller = {
  identity: { kind: 'person', id: 'ada', name: 'Ada', roles: ['data-scientist'], teams: [] },
  actor: { kind: 'person', id: 'ada', name: 'Ada' },
  at: 1000,
};

const ask = async (
  method: string,
  path: string,
  given: { body?: string; query?: Record<string, string>; mount?: string } = {},
  protocol: Partial<Protocol> = {},
) => {
  const event = {
    routeKey: `ANY /api/2.0/${given.mount ?? 'mlflow'}/{proxy+}`,
    pathParameters: { proxy: path },
    queryStringParameters: given.query,
    body: given.body,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', http: { method, path } },
  } as unknown as APIGatewayProxyEventV2WithJWTAuthorizer;
  const artifacts = {
    list: async () => ({ files: [] }),
    read: async (inner: string) =>
      inner.endsWith('MLmodel')
        ? { kind: 'text' as const, text: 'flavors:' }
        : { kind: 'link' as const, url: `https://s3.test/${inner}` },
  };
  const answer = await answerOf(event, () => CALLER, { calls: {}, artifacts, ...protocol });
  const isJson = answer.headers?.['content-type'] === 'application/json';
  return { ...answer, json: isJson ? JSON.parse(answer.body ?? '') : undefined };
};

const echo = call(
  z.object({ name: z.string(), n: z.coerce.number().optional(), model_id: z.string().optional() }).loose(),
  async (given) => given,
);

beforeEach(() => {
  jest.restoreAllMocks();
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

test('parameters come from the query or the body, and lists of a query by commas', async () => {
  const calls = { 'GET x/get': echo, 'DELETE x/delete': echo };
  expect((await ask('GET', 'x/get', { query: { name: 'a', n: '3', order_by: 'a,b' } }, { calls })).json).toEqual({
    name: 'a',
    n: 3,
    order_by: ['a', 'b'],
  });
  expect((await ask('DELETE', 'x/delete', { body: '{"name":"a"}' }, { calls })).json).toEqual({ name: 'a' });
});

test('the id of a logged model is part of the path', async () => {
  const calls = { 'PATCH logged-models/{id}/tags': echo };
  const { json } = await ask('PATCH', 'logged-models/m-1f/tags', { body: '{"name":"a"}' }, { calls });
  expect(json).toEqual({ name: 'a', model_id: 'm-1f' });
});

test.each([
  ['no JSON', 'no', /the body is no JSON object/],
  ['a list', '[]', /the body is no JSON object/],
  ['a name that is none', '{"name":3}', /^name: /],
])('%s is a parameter that is not valid', async (_, body, message) => {
  expect(await ask('POST', 'x', { body }, { calls: { 'POST x': echo } })).toMatchObject({
    statusCode: 400,
    json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringMatching(message) },
  });
});

test('what is no call of ours is said to be none, by whatever name', async () => {
  for (const path of ['gateway/routes', 'constructor', '__proto__', '']) {
    expect(await ask('GET', path)).toMatchObject({ statusCode: 404, json: { error_code: 'ENDPOINT_NOT_FOUND' } });
  }
});

test.each([
  [new Refusal('RESOURCE_ALREADY_EXISTS', 'taken'), 400, 'RESOURCE_ALREADY_EXISTS', 'taken'],
  [new Forbidden('no grant'), 403, 'PERMISSION_DENIED', 'no grant'],
  [new NotFound('no model'), 404, 'RESOURCE_DOES_NOT_EXIST', 'no model'],
  [new Conflict('changed'), 409, 'RESOURCE_CONFLICT', 'changed'],
  [new Unauthenticated('no token'), 401, 'UNAUTHENTICATED', 'no token'],
  [new Throttled('slowly'), 429, 'REQUEST_LIMIT_EXCEEDED', 'slowly'],
  [new TypeError('x is undefined at /var/task/index.js'), 500, 'INTERNAL_ERROR', /request-1 leads operators to it$/],
])('%s', async (error, statusCode, error_code, message) => {
  const calls = { 'POST x': () => Promise.reject(error) };
  const answer = await ask('POST', 'x', { body: '{}' }, { calls });
  expect(answer).toMatchObject({ statusCode, json: { error_code } });
  expect(answer.json.message).toMatch(message);
  expect(answer.body).not.toContain('/var/task');
});

test('an answer that no function can give is told, and not lost on the way', async () => {
  const calls = { 'GET x': call(z.object({ n: z.coerce.number() }), async ({ n }) => ({ text: '"'.repeat(n) })) };
  expect((await ask('GET', 'x', { query: { n: '1500000' } }, { calls })).statusCode).toBe(200);
  expect(await ask('GET', 'x', { query: { n: '1600000' } }, { calls })).toMatchObject({
    statusCode: 400,
    json: { message: expect.stringMatching(/larger than 6 MB/) },
  });
});

test('files are listed here, and read where a link leads', async () => {
  const mount = 'mlflow-artifacts';
  expect(await ask('GET', 'artifacts', { mount, query: { path: 'models/a/1' } })).toMatchObject({
    statusCode: 200,
    json: { files: [] },
  });
  expect(await ask('GET', 'artifacts/models/a/1/sub%20folder/a.csv', { mount })).toMatchObject({
    statusCode: 302,
    headers: { location: 'https://s3.test/models/a/1/sub folder/a.csv' },
  });
});

test('files that were made up are answered here', async () => {
  expect(await ask('GET', 'artifacts/models/a/1/MLmodel', { mount: 'mlflow-artifacts' })).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: 'flavors:',
  });
});

test.each([
  ['GET', 'artifacts/models/a/1/50%.csv', 302],
  ['GET', 'artifacts/models/%E0%A4%A', 302],
  ['GET', 'mpu/presigned/x', 404],
  ['PUT', 'artifacts/models/a/1/MLmodel', 404],
  ['DELETE', 'artifacts', 404],
])('%s %s of the artifacts is %i', async (method, path, statusCode) => {
  expect(await ask(method, path, { mount: 'mlflow-artifacts' })).toMatchObject({ statusCode });
});
