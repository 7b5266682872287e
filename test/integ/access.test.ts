import { bearerToken } from '../../cli/identity';
import { freshModel, platform } from './platform';
import {
  awaitApproval,
  awaitPrediction,
  awaitStatus,
  champion,
  decide,
  exampleFiles,
  inferBody,
  interviews,
  push,
  refusal,
  rowOf,
} from './world';

const token = (identity: string): Promise<string> => bearerToken(platform().settings, identity, {});
const body = (): string => JSON.stringify(inferBody(rowOf(interviews('A')[0] ?? {})));

let model: string;

beforeAll(async () => {
  model = freshModel('access');
  await champion(model);
  await awaitPrediction(await platform().api('app'), model, interviews('A')[0] ?? {});
}, 60_000);

test.each(['/api/v1/models', '/api/v1/approvals', '/v2'])('without a token %s is 401', async (path) => {
  expect((await refusal(path)).status).toBe(401);
});

test('a forged token is 401', async () => {
  const [head = '', claims = ''] = (await token('operator')).split('.');
  expect((await refusal('/api/v1/models', { token: `${head}.${claims}.${'A'.repeat(342)}` })).status).toBe(401);
});

const WRONG_ROLES: Array<[string, string, string, () => string]> = [
  ['an auditor may not predict', 'auditor', 'POST', () => `/v2/models/${model}/infer`],
  ['an application may not read versions', 'app', 'GET', () => `/api/v1/models/${model}/versions`],
  ['a data scientist may not roll back', 'data-scientist', 'POST', () => `/api/v1/models/${model}/rollback`],
  ['a reviewer may not upload', 'reviewer', 'POST', () => `/api/v1/models/${model}/uploads`],
];

test.each(WRONG_ROLES)('%s', async (_what, identity, method, path) => {
  const content = path().endsWith('/infer')
    ? body()
    : path().endsWith('/uploads')
      ? JSON.stringify({ files: [{ path: 'm.onnx', size: 1 }] })
      : JSON.stringify({ reason: 'x' });
  const { status, text } = await refusal(path(), {
    method,
    token: await token(identity),
    ...(method === 'GET' ? {} : { body: content }),
  });
  expect(status).toBe(403);
  expect(text).toMatch(/needs the role/);
});

test("another team's model is 403, until an operator grants it", async () => {
  const mine = freshModel('restricted');
  await champion(mine);
  const operator = await platform().api('operator');
  const appToken = await token('app');
  await awaitPrediction(await platform().api('app'), mine, interviews('A')[0] ?? {});
  const claims = JSON.parse(Buffer.from((await token('operator')).split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string;
  };
  const own = { principal: `user:${claims.sub}`, roles: ['operator'] };
  await operator.call('PUT', `/api/v1/models/${mine}/access`, { mode: 'restricted', grants: [own] });
  expect(await refusal(`/api/v1/models/${mine}/versions`, { token: await token('reviewer') })).toMatchObject({
    status: 403,
    text: expect.stringMatching(/restricted/) as string,
  });
  // Scoring learns of it when its cached route has run out.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect((await refusal(`/v2/models/${mine}/infer`, { method: 'POST', token: appToken, body: body() })).status).toBe(
    403,
  );

  const { client_id } = JSON.parse(Buffer.from(appToken.split('.')[1] ?? '', 'base64url').toString()) as {
    client_id: string;
  };
  await operator.call('PUT', `/api/v1/models/${mine}/access`, {
    mode: 'restricted',
    grants: [own, { principal: `client:${client_id}`, roles: ['app'] }],
  });
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect((await refusal(`/v2/models/${mine}/infer`, { method: 'POST', token: appToken, body: body() })).status).toBe(
    200,
  );
}, 60_000);

const UNREADABLE: Array<[string, () => string, () => string, number, RegExp]> = [
  ['an unknown model', () => '/v2/models/no-such-model/infer', body, 404, /no-such-model/],
  [
    'a wrong shape',
    () => `/v2/models/${model}/infer`,
    () => JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }),
    400,
    /features/,
  ],
  [
    'a wrong type',
    () => `/v2/models/${model}/infer`,
    () =>
      JSON.stringify({
        inputs: [{ name: 'features', datatype: 'INT64', shape: [1, 11], data: new Array(11).fill(1) }],
      }),
    400,
    /FP32/,
  ],
  ['a missing input', () => `/v2/models/${model}/infer`, () => JSON.stringify({ inputs: [] }), 400, /inputs|features/],
  ['no JSON', () => `/v2/models/${model}/infer`, () => '{"inputs": [', 400, /JSON/],
];

test.each(UNREADABLE)(
  '%s gets a precise refusal without a stack trace',
  async (_what, path, content, status, words) => {
    const answer = await refusal(path(), { method: 'POST', token: await token('app'), body: content() });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ error: expect.stringMatching(words) as string });
    expect(answer.text).not.toMatch(/\bat .*\.js/);
  },
);

test('nobody decides on their own upload, even with the role for it', async () => {
  // Whoever holds both roles is still one person: the check is by subject, not by role.
  const other = freshModel('own');
  await push(other, exampleFiles(1), 'data-scientist');
  const { id } = await awaitApproval(other, 1);
  await expect(decide(id, 'data-scientist')).rejects.toThrow(/HTTP 403/);
  await decide(id, 'reviewer', 'reject');
  expect((await awaitStatus(other, 1, 'REJECTED')).rejection).toMatchObject({ code: 'rejected-by-reviewer' });
});

test('a command of the API knows what it does not know', async () => {
  const auditor = await token('auditor');
  expect(await refusal('/api/v1/models/nothing-here', { token: auditor })).toMatchObject({ status: 404 });
  expect(await refusal(`/api/v1/models/${model}/versions/99`, { token: auditor })).toMatchObject({ status: 404 });
  expect(await refusal(`/api/v1/models/${model}/versions?limit=many`, { token: auditor })).toMatchObject({
    status: 400,
  });
  expect(await refusal(`/api/v1/models/${model}/versions?cursor=bogus`, { token: auditor })).toMatchObject({
    status: 400,
  });
});
