import { describedOperations } from '../../../lambdas/api/domain/described-operations';
import type * as AnswerModule from '../../../lambdas/mlflow/answer';
import { AUDIT_COPIES_API } from '../../../lambdas/registry/schemas/audit-copies';
import { LINEAGE_API } from '../../../lambdas/registry/schemas/lineage-api';
import { type answerOf, apiEvent, claimsOf } from '../../kernel/api-event';
import { ReadsAccount } from './account';
import { type Contents, Filling, READER } from './contents';
import { askMlflow, GROWS, isMlflowRead, MLFLOW_READS, type Tracked, trackMuch } from './mlflow-contents';
import { type Access, accesses } from './noted-clients';

jest.mock('@aws-sdk/client-dynamodb', () => require('./noted-clients').notingDynamo());
jest.mock('@aws-sdk/client-s3', () => require('./noted-clients').notingS3());

/** What MLflow's handler was found to speak. */
const mockSpoken = new Set<string>();
jest.mock('../../../lambdas/mlflow/answer', () => {
  const actual = jest.requireActual<typeof AnswerModule>('../../../lambdas/mlflow/answer');
  const noting: typeof actual.answerOf = (event, identify, protocol) => {
    for (const call of Object.keys(protocol.calls)) mockSpoken.add(call);
    return actual.answerOf(event, identify, protocol);
  };
  return { ...actual, answerOf: noting };
});

type Handler = (event: ReturnType<typeof apiEvent>) => Promise<Parameters<typeof answerOf>[0]>;
type Load = () => Promise<{ handler: unknown }>;

const PAGE = 5;
const FEW = 6;
const MANY = 60;
/** Items of one query that looks for something: which of them the caller may see, or what matches. */
const LOOKED_AT = 100;
const READERS: ReadonlySet<string> = new Set([
  ...['GetItemCommand', 'QueryCommand', 'BatchGetItemCommand'],
  ...['GetObjectCommand', 'HeadObjectCommand', 'ListObjectsV2Command', 'ListObjectVersionsCommand'],
]);

/** Who answers a read; by its room, or by its own name where a room has several handlers. */
const HANDLERS: Readonly<Record<string, Load>> = {
  upload: () => import('../../../lambdas/upload/upload-api.lambda'),
  registry: () => import('../../../lambdas/registry/registry-api.lambda'),
  approval: () => import('../../../lambdas/approval/approval-api.lambda'),
  exports: () => import('../../../lambdas/exports/exports-api.lambda'),
  rollout: () => import('../../../lambdas/rollout/rollout-api.lambda'),
  monitoring: () => import('../../../lambdas/monitoring/accept-outcomes.lambda'),
  api: () => import('../../../lambdas/api/describe-api.lambda'),
  scoring: () => import('../../../lambdas/scoring/infer.lambda'),
};
const lineage: Load = () => import('../../../lambdas/registry/lineage-api.lambda');
const auditCopies: Load = () => import('../../../lambdas/registry/audit-copies-api.lambda');
const OTHERS: Readonly<Record<string, Load>> = Object.fromEntries([
  ...Object.keys(LINEAGE_API).map((id) => [id, lineage] as const),
  ...Object.keys(AUDIT_COPIES_API).map((id) => [id, auditCopies] as const),
]);

const READS = describedOperations()
  .filter(({ operation }) => operation.method === 'GET')
  .map(({ id, tag, operation }) => [operation.path, { id, tag, ...operation }] as const);
type Read = (typeof READS)[number][1];

/** Parameters of a path; one that is not here is one that nobody thought of, and its read fails. */
const pathOf = ({ id, path }: Read, contents: Contents): Record<string, string> => {
  const ids = { tracePrediction: contents.prediction, readApproval: contents.approval, readRollout: contents.rollout };
  const known: Record<string, string | undefined> = {
    model: contents.model,
    version: '1',
    slot: contents.slot,
    name: contents.dataset.name,
    digest: contents.dataset.digest,
    id: ids[id as keyof typeof ids],
  };
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(
    names.map((name) => {
      const value = known[name];
      if (value === undefined) throw new Error(`say what {${name}} of ${path} is to be read`);
      return [name, value];
    }),
  );
};

const queryOf = ({ id, query }: Read, { code }: Contents): Record<string, string> => ({
  ...(query !== undefined && 'shape' in query && 'limit' in (query.shape as object) ? { limit: String(PAGE) } : {}),
  ...(id === 'listCodeVersions' ? code : {}),
});

describe('with much and with little in the tables', () => {
  let account: ReadsAccount;
  let contents: { few: Contents; many: Contents };
  let tracked: { few: Tracked; many: Tracked };
  let mlflow: Parameters<typeof askMlflow>[0];

  beforeAll(async () => {
    account = await ReadsAccount.open();
    Object.assign(process.env, account.environment);
    const filling = new Filling(account);
    contents = { few: await filling.model('few', FEW), many: await filling.model('many', MANY) };
    await filling.much('many');
    mlflow = (await import('../../../lambdas/mlflow/mlflow-api.lambda')).handler as typeof mlflow;
    tracked = { few: await trackMuch(mlflow, 'few', FEW), many: await trackMuch(mlflow, 'many', MANY) };
  }, 300_000);
  afterAll(() => account.close());

  const accessesOf = async (read: Read, size: 'few' | 'many'): Promise<Access[]> => {
    const load = OTHERS[read.id] ?? HANDLERS[read.tag];
    if (load === undefined) throw new Error(`say who answers ${read.path}: ${read.tag} is not known here`);
    const handler = (await load()).handler as Handler;
    const event = apiEvent(`GET ${read.path}`, {
      path: pathOf(read, contents[size]),
      query: queryOf(read, contents[size]),
      claims: claimsOf(READER, 'auditor', 'operator', 'reviewer', 'data-scientist', 'app'),
    });
    Object.assign(event, { rawPath: pathFilled(read, contents[size]) });
    accesses.length = 0;
    const { statusCode, body } = await handler(event);
    if (statusCode !== 200) throw new Error(`${read.path} was answered with ${statusCode}: ${body}`);
    return [...accesses];
  };

  const mlflowAccesses = async (call: string, size: 'few' | 'many'): Promise<Access[]> => {
    const given = MLFLOW_READS[call]?.(contents[size].model, tracked[size]);
    if (given === undefined) throw new Error(`say what ${call} is to read: it is not among MLFLOW_READS`);
    accesses.length = 0;
    await askMlflow(mlflow, call, given);
    return [...accesses];
  };

  const expectPages = (taken: readonly Access[]) => {
    for (const { command, capacity, looked } of taken) {
      expect(READERS).toContain(command);
      // A read of DynamoDB says what it consumed; of a batch the embedded AWS does not.
      if (/^(GetItem|Query)/.test(command)) expect(capacity).toBeGreaterThan(0);
      expect(looked).toBeLessThanOrEqual(LOOKED_AT);
    }
  };
  /** As far as it does not follow from how many items a page of that size has. */
  const amount = (taken: readonly Access[]) => taken.map(({ command, capacity }) => `${command} ${capacity}`).sort();

  test.each(READS)('GET %s takes gets and queries, as many of them from much as from little', async (_, read) => {
    const [little, much] = [await accessesOf(read, 'few'), await accessesOf(read, 'many')];
    expectPages(little);
    expectPages(much);
    expect(amount(much)).toEqual(amount(little));
  });

  test.each(Object.keys(MLFLOW_READS))(
    'MLflow’s %s takes gets and queries, as many from much as from little',
    async (call) => {
      const [little, much] = [await mlflowAccesses(call, 'few'), await mlflowAccesses(call, 'many')];
      expectPages(little);
      expectPages(much);
      expect(much.length).toBeGreaterThan(0);
      if (!GROWS.has(call)) expect(amount(much)).toEqual(amount(little));
    },
  );

  test('every call of MLflow’s protocol that reads is one of these', async () => {
    await askMlflow(mlflow, 'GET registered-models/get', { name: 'few' });
    expect([...mockSpoken].filter(isMlflowRead).filter((call) => MLFLOW_READS[call] === undefined)).toEqual([]);
  });
});

const pathFilled = (read: Read, contents: Contents): string =>
  Object.entries(pathOf(read, contents)).reduce(
    (path, [name, value]) => path.replace(`{${name}}`, encodeURIComponent(value)),
    read.path as string,
  );
