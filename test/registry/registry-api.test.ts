import { NotFound } from '../../lambdas/kernel/errors';
import type { apiHandler } from '../../lambdas/kernel/http';
import { logger } from '../../lambdas/kernel/logger';
import { answerOf, apiEvent, claimsOf } from '../kernel/api-event';

const MODELS: Record<string, { mode: 'open' | 'restricted'; grants: object[] }> = {
  wage: { mode: 'open', grants: [] },
  credit: { mode: 'restricted', grants: [{ principal: 'user:ada', roles: ['data-scientist'] }] },
  fraud: { mode: 'restricted', grants: [] },
};
const put: unknown[][] = [];

jest.mock('../../lambdas/registry/adapters/registry-reader', () => ({
  RegistryReader: class {
    findModel = async (model: string) => MODELS[model];
    access = async (model: string) => {
      if (MODELS[model] === undefined) throw new NotFound(`there is no model ${model}`);
      return { model, ...MODELS[model] };
    };
    grants = async (model: string) => MODELS[model]?.grants;
    route = async () => undefined;
    policy = async () => ({ number: 0, policy: {} });
  },
}));
jest.mock('../../lambdas/registry/adapters/registry-table', () => ({
  RegistryTable: class {
    list = async () => ({ items: Object.keys(MODELS).map((model) => ({ model })), cursor: 'next' });
    auditPage = async (model: string) => ({ items: [{ model, sequence: 1 }] });
  },
}));
jest.mock('../../lambdas/registry/adapters/model-settings', () => ({
  ModelSettings: class {
    accessOrOpen = async (model: string) => ({ model, ...(MODELS[model] ?? { mode: 'open', grants: [] }) });
    putPolicy = async (...args: unknown[]) => put.push(args);
    putAccess = async (...args: unknown[]) => void put.push(args);
  },
}));

let handler: ReturnType<typeof apiHandler>;
beforeAll(async () => {
  Object.assign(process.env, {
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    DEFAULT_POLICY: '{}',
    NEW_MODELS: 'open',
    AWS_REGION: 'us-east-1',
  });
  ({ handler } = await import('../../lambdas/registry/registry-api.lambda'));
});
beforeEach(() => {
  put.length = 0;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
});

const ask = async (routeKey: string, groups: string[], model = 'wage', body?: unknown) =>
  answerOf(await handler(apiEvent(routeKey, { path: { model }, body, claims: claimsOf('ada', ...groups) })));
const READ = 'GET /api/v1/models/{model}/audit';
const POLICY = 'PUT /api/v1/models/{model}/policy';
const ACCESS = 'PUT /api/v1/models/{model}/access';

test('a list shows the models that the caller may read, and goes on where the page ended', async () => {
  const { body } = await ask('GET /api/v1/models', ['data-scientist']);
  expect(body).toEqual({ items: [{ model: 'wage' }, { model: 'credit' }], cursor: 'next' });
  expect((await ask('GET /api/v1/models', ['auditor'])).body.items).toHaveLength(3);
  expect((await ask('GET /api/v1/models', [])).body.items).toEqual([]);
});

test.each([
  [['data-scientist'], 'credit', 200],
  [['data-scientist'], 'fraud', 403],
  [['auditor'], 'fraud', 200],
  // What the registry has lost is the auditor's to find.
  [['auditor'], 'lost', 200],
  [['operator'], 'lost', 404],
  [[], 'wage', 403],
])('%j reads the record of %s: %d', async (groups, model, status) => {
  expect((await ask(READ, groups, model)).status).toBe(status);
});

test('only an operator sets a policy, also of a model that is yet to come', async () => {
  expect((await ask(POLICY, ['data-scientist'], 'wage', {})).status).toBe(403);
  const { status, body } = await ask(POLICY, ['operator'], 'yet-to-come', { approval: { knownUploader: 2 } });
  expect(status).toBe(200);
  expect(body.policy.approval).toMatchObject({ knownUploader: 2, unknownUploader: 2 });
  expect(put[0]?.[0]).toBe('yet-to-come');
});

const MANY = Array.from({ length: 30 }, (_, i) => ({
  ...{ kind: 'parity', measure: 'equalizedOdds', as: 'ratio', min: i / 100 },
  attribute: 'a'.repeat(256),
}));

test.each([
  ['a duration of another kind', { drift: { batch: '1 day' } }, /drift\.batch: write a duration as/],
  ['an unknown key', { aproval: {} }, /aproval/],
  ['no reviewer at all', { approval: { knownUploader: 0 } }, /approval\.knownUploader/],
  [
    'a weight beyond everybody',
    { rollout: { steps: [{ mode: 'canary', bake: 'P1D', weight: 2 }] } },
    /steps\.0\.weight/,
  ],
  [
    'a gate of a tier that cannot be meant',
    { tiers: { high: { gates: [{ kind: 'load' }] } } },
    /tiers\.high\.gates\.0\.maxMs: /,
  ],
  ['a name that is taken', { named: { default: {} } }, /named\.default: "default" is the policy without any name/],
  [
    'more gates than are judged',
    { named: { retail: { gates: MANY } } },
    /named\.retail\.gates: a version may meet 31 gates/,
  ],
  [
    'more than a record holds',
    { named: Object.fromEntries(MANY.slice(0, 18).map((_, i) => [`n${i}`, { gates: MANY.slice(0, 29) }])) },
    /as it should be: the policy has \d+ bytes as JSON, over the limit of 150000/,
  ],
  ['selective outcomes', { outcomes: { observed: { when: 'approved' } } }, /selective outcomes bias every comparison/],
])('a policy with %s is refused with its place', async (_what, policy, words) => {
  const { status, body } = await ask(POLICY, ['operator'], 'wage', policy);
  expect(status).toBe(400);
  expect(body.detail).toMatch(words);
  expect(put).toEqual([]);
});

const grants = (...principals: string[]) => principals.map((principal) => ({ principal, roles: ['reviewer'] }));

test.each([
  ['one principal twice', grants('user:ben', 'user:ben'), /name each principal once/],
  ['a principal of no kind', grants('ben'), /user:<sub>/],
  [
    'more grants than one transaction replaces',
    grants(...Array.from({ length: 50 }, (_, i) => `user:u${i}`)),
    /grants/,
  ],
])('access with %s is refused', async (_what, given, words) => {
  const { status, body } = await ask(ACCESS, ['operator'], 'wage', { mode: 'restricted', grants: given });
  expect(status).toBe(400);
  expect(body.detail).toMatch(words);
});

test('access is put with the grants on record, so that those left out can be taken away', async () => {
  MODELS.wage = { mode: 'open', grants: grants('user:old') };
  expect((await ask(ACCESS, ['operator'], 'wage', { mode: 'restricted', grants: grants('user:ben') })).status).toBe(
    200,
  );
  expect(put[0]?.slice(0, 3)).toEqual(['wage', { mode: 'restricted', grants: grants('user:ben') }, grants('user:old')]);
});

test('a restricted model that no operator was granted can be opened again by one, and only its access', async () => {
  expect((await ask(ACCESS, ['operator'], 'fraud', { mode: 'open' })).status).toBe(200);
  expect(put[0]?.slice(0, 4)).toEqual([
    'fraud',
    { mode: 'open', grants: [] },
    [],
    { kind: 'person', id: 'ada', name: 'ada' },
  ]);
  expect((await ask(POLICY, ['operator'], 'fraud', {})).status).toBe(403);
  expect((await ask(ACCESS, ['reviewer'], 'fraud', { mode: 'open' })).status).toBe(403);
  expect((await ask(ACCESS, ['data-scientist'], 'credit', { mode: 'open' })).status).toBe(403);
});
