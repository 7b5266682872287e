import * as z from 'zod';
import { declareApi, pageQuerySchema } from '../../lambdas/kernel/contract';
import * as errors from '../../lambdas/kernel/errors';
import { apiHandler, type Handles } from '../../lambdas/kernel/http';
import { logger } from '../../lambdas/kernel/logger';
import { answerOf, apiEvent } from './api-event';

beforeEach(() => {
  jest.restoreAllMocks();
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

const KEY = 'POST /things/{thing}';
const THINGS = declareApi({
  makeThing: {
    method: 'POST',
    path: '/things/{thing}',
    summary: 'Makes a thing',
    params: z.object({ thing: z.string().max(5) }),
    query: pageQuerySchema,
    body: z.strictObject({ size: z.number() }),
    answer: z.object({ by: z.string() }),
    status: 201,
  },
});
type MakeThing = Handles<typeof THINGS>['makeThing'];
const echo: MakeThing = async ({ path, query, body, identity }) => ({ body: { path, query, body, by: identity.id } });
const call = async (makeThing: MakeThing, event = apiEvent(KEY, GOOD)) => apiHandler(THINGS, { makeThing })(event);
const GOOD = { path: { thing: 'a' }, body: { size: 1 } };

test('a handler gets what passed the schemas, and who asks', async () => {
  expect(answerOf(await call(echo, apiEvent(KEY, { ...GOOD, query: { limit: '7' } })))).toEqual({
    status: 201,
    body: { path: { thing: 'a' }, query: { limit: 7 }, body: { size: 1 }, by: 'ada' },
  });
});

test('a body in base64 is a body', async () => {
  const event = apiEvent(KEY, { path: { thing: 'a' }, body: Buffer.from('{"size":2}').toString('base64') });
  expect(answerOf(await call(echo, { ...event, isBase64Encoded: true })).body).toMatchObject({ body: { size: 2 } });
});

test.each([
  ['a path', { ...GOOD, path: { thing: 'too long' } }, /the path .* thing: /],
  ['a query', { ...GOOD, query: { limit: '201' } }, /the query .* limit: /],
  ['a body', { ...GOOD, body: { size: 'x' } }, /the body .* size: /],
  ['a body with a key too many', { ...GOOD, body: { size: 1, colour: 'blue' } }, /colour/],
  ['a missing body', { path: { thing: 'a' } }, /^the body is missing; send a JSON object/],
  ['a body that is no JSON', { ...GOOD, body: '{"size":' }, /the body is no JSON/],
])('%s that does not fit is told with its place', async (_what, wanted, words) => {
  const result = await call(echo, apiEvent(KEY, wanted));
  expect(result.headers).toEqual({ 'content-type': 'application/problem+json' });
  expect(answerOf(result)).toEqual({
    status: 400,
    body: {
      type: 'about:blank',
      title: 'invalid-input',
      status: 400,
      detail: expect.stringMatching(words) as string,
      instance: 'request-1',
    },
  });
});

test('a request without a verified token is nobody’s', async () => {
  expect(answerOf(await call(echo, apiEvent(KEY, { ...GOOD, claims: null }))).status).toBe(401);
});

test('a route that nobody handles is not found', async () => {
  const result = await apiHandler({}, {})(apiEvent('GET /nowhere'));
  expect(answerOf(result)).toMatchObject({ status: 404, body: { detail: 'there is no GET /nowhere' } });
});

/** Every kind of refusal but their abstract base, which the compiler knows to be of another shape: hence the cast. */
const KINDS = Object.values(errors).filter(
  (kind): kind is typeof errors.NotFound => typeof kind === 'function' && kind !== (errors.ContenderError as unknown),
);

test.each(KINDS.map((kind) => [kind.name, kind] as const))(
  '%s has its status, and its words reach the user',
  async (_name, Kind) => {
    const error = new Kind('what to change');
    const answer = answerOf(await call(() => Promise.reject(error)));
    expect(answer.status).toBe(errors.HTTP_STATUS[error.code]);
    expect(answer.body.title).toBe(error.code);
    if (answer.status !== 500) expect(answer.body.detail).toBe('what to change');
  },
);

test('what is no error of ours tells nothing of its inside, and is logged', async () => {
  const answer = answerOf(await call(() => Promise.reject(new TypeError('secret at line 1'))));
  expect(answer).toMatchObject({ status: 500, body: { title: 'internal' } });
  expect(JSON.stringify(answer.body)).not.toMatch(/secret|line 1/);
  expect(logger.error).toHaveBeenCalledTimes(1);
});

test('each request leaves one line that names no body', async () => {
  await call(echo, apiEvent(KEY, GOOD));
  expect(jest.mocked(logger.info).mock.calls).toEqual([
    ['request', { route: KEY, status: 201, requestId: 'request-1' }],
  ]);
});
