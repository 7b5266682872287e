import type * as DynamoModule from '@aws-sdk/client-dynamodb';
import type * as LambdaModule from '@aws-sdk/client-lambda';
import type { RegisterRequest } from '../../../lambdas/upload/contract';
import { registerPrefix } from '../../../lambdas/upload/register-prefix';
import { dieEverywhere } from '../../faults/die-everywhere';
import { Crash, Fuse } from '../../faults/fuse';
import { apiEvent, claimsOf } from '../../kernel/api-event';
import { freshModel, platform } from '../platform';
import { exampleFiles } from '../world';
import { CASES, type Given, type MlflowCall, TAG, type World } from './mlflow-cases';
import { isWrite, RegistryAccount } from './registry-account';
import { uploadPorts } from './upload-ports';

/** What the handler's clients pass, and the function that it invokes; both are the test's. */
const mockProcess = {
  fuse: new Fuse(),
  register: async (_: RegisterRequest): Promise<object> => ({}),
};

// The real clients: their commands pass the fuse of the moment.
jest.mock('@aws-sdk/client-dynamodb', () => {
  const actual = jest.requireActual<typeof DynamoModule>('@aws-sdk/client-dynamodb');
  class DynamoDBClient extends actual.DynamoDBClient {
    constructor(...args: ConstructorParameters<typeof actual.DynamoDBClient>) {
      super(...args);
      this.middlewareStack.add(
        (next, context) => async (call) => mockProcess.fuse.cross(String(context.commandName), () => next(call)),
        { step: 'initialize', name: 'fuse' },
      );
    }
  }
  return { ...actual, DynamoDBClient };
});
jest.mock('@aws-sdk/client-lambda', () => {
  const actual = jest.requireActual<typeof LambdaModule>('@aws-sdk/client-lambda');
  class LambdaClient {
    async send({ input }: LambdaModule.InvokeCommand): Promise<object> {
      const request = JSON.parse(Buffer.from((input.Payload as Uint8Array) ?? []).toString('utf8')) as RegisterRequest;
      const answer = await mockProcess.fuse.cross('register', () => mockProcess.register(request));
      return { Payload: Buffer.from(JSON.stringify(answer)) };
    }
  }
  return { ...actual, LambdaClient };
});

type Handler = (event: ReturnType<typeof apiEvent>) => Promise<{ statusCode?: number; body?: string }>;

let account: RegistryAccount;
let handler: Handler;

beforeAll(async () => {
  const { aws } = platform();
  account = await RegistryAccount.open();
  mockProcess.register = (request) => registerPrefix(request, uploadPorts(account, account.process()));
  Object.assign(process.env, {
    AWS_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    ...account.environment,
    NEW_MODELS: 'open',
    REGISTER_FUNCTION: 'register',
    CLIENT_ROLE: 'arn:aws:iam::000000000000:role/client',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  handler = (await import('../../../lambdas/mlflow/mlflow-api.lambda')).handler as Handler;
});
afterAll(() => account.close());

const USER = 'ada';
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** One request in a process of its own. @throws Crash when it died, for then nobody is answered */
const ask = async ([method, path, given]: MlflowCall, fuse = new Fuse()): Promise<{ status: number; body: Given }> => {
  mockProcess.fuse = fuse;
  const isRead = method === 'GET';
  const query = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, textOf(value)]));
  const event = apiEvent('ANY /api/2.0/mlflow/{proxy+}', {
    path: { proxy: path },
    ...(isRead ? { query } : { body: given }),
    claims: claimsOf(USER, 'data-scientist'),
  });
  Object.assign(event.requestContext.http, { method });
  const { statusCode = 0, body = '{}' } = await handler(event);
  mockProcess.fuse = new Fuse();
  if (fuse.isBlown) throw new Crash('a call of the request');
  return { status: statusCode, body: JSON.parse(body) as Given };
};

const done = async (call: MlflowCall): Promise<Given> => {
  const { status, body } = await ask(call);
  if (status !== 200) throw new Error(`${call[0]} ${call[1]}: ${status} ${JSON.stringify(body)}`);
  return body;
};

const makeWorld = async (): Promise<World> => {
  const model = freshModel('logged');
  const { experiment_id: experiment } = await done(['POST', 'experiments/create', { name: `home of ${model}` }]);
  const { run } = (await done(['POST', 'runs/create', { experiment_id: experiment }])) as {
    run: { info: { run_id: string; artifact_uri: string } };
  };
  const source = `${run.info.artifact_uri}/model`;
  await account.upload(exampleFiles(1), `${source}/`.replace(`s3://${account.uploads}/`, ''));
  const { model: logged } = (await done(['POST', 'logged-models', { experiment_id: experiment, name: 'net' }])) as {
    model: { info: { model_id: string } };
  };
  return { model, experiment: String(experiment), run: run.info.run_id, logged: logged.info.model_id, source };
};

/** Without what every world and every moment has its own of. */
const plain = (world: World, answer: Given): unknown => {
  const names = Object.entries(world).sort(([, a], [, b]) => b.length - a.length);
  const text = names.reduce((told, [key, value]) => told.replaceAll(value, `<${key}>`), JSON.stringify(answer));
  return JSON.parse(text, (key, value) =>
    /timestamp|_time|_updated|^timestamp$|run_name|model_id|experiment_id|run_uuid|^run_id$|artifact/.test(key) ||
    /^(run-|m-)[0-9a-f]+$/.test(value)
      ? undefined
      : value,
  );
};

jest.setTimeout(180_000);

test.each(Object.entries(CASES))('%s may die at any command, and its client asks again', async (_, given) => {
  const calls = await dieEverywhere({
    open: async () => {
      const world = await makeWorld();
      for (const call of given.before(world)) await done(call);
      return world;
    },
    run: (world, fuse) => ask(given.call(world), fuse),
    check: ({ model }) => account.check(model),
    hasEffect: isWrite,
    outcome: async (world) => {
      const answers = [];
      for (const read of given.reads(world)) answers.push(plain(world, await done(read)));
      return answers;
    },
  });
  expect(calls.length).toBeGreaterThan(0);
});

/** What every creation with an id of its own may leave behind: whole ones, though more than one. */
const eachIsWhole = async (listed: (world: World) => MlflowCall, of: string, call: (world: World) => MlflowCall) => {
  const calls = await dieEverywhere({
    open: makeWorld,
    run: (world, fuse) => ask(call(world), fuse),
    check: ({ model }) => account.check(model),
    hasEffect: isWrite,
    outcome: async (world) => {
      const { [of]: found = [] } = await done(listed(world));
      return [...new Set((found as Given[]).map((one) => JSON.stringify(plain(world, one))))].sort();
    },
  });
  expect(calls.length).toBeGreaterThan(0);
};

test('runs/create may die at any command: each run that is found has all it was begun with', () =>
  eachIsWhole(
    ({ experiment }) => ['POST', 'runs/search', { experiment_ids: [experiment] }],
    'runs',
    ({ experiment }) => ['POST', 'runs/create', { experiment_id: experiment, run_name: 'trial', tags: [TAG] }],
  ));

test('logged-models may die at any command: each that is found has all it was begun with', () =>
  eachIsWhole(
    ({ experiment }) => ['POST', 'logged-models/search', { experiment_ids: [experiment] }],
    'models',
    ({ experiment, run }) => [
      'POST',
      'logged-models',
      { experiment_id: experiment, name: 'net', source_run_id: run, params: [{ key: 'depth', value: '3' }] },
    ],
  ));

test('an experiment that is found by its name is found by its id, whatever died while it was made', async () => {
  const nameOf = ({ model }: World) => `trials of ${model}`;
  await dieEverywhere({
    open: makeWorld,
    run: (world, fuse) => ask(['POST', 'experiments/create', { name: nameOf(world) }], fuse),
    check: async (world) => {
      const found = await ask(['GET', 'experiments/get-by-name', { experiment_name: nameOf(world) }]);
      if (found.status === 404) return;
      const { experiment_id } = (found.body as { experiment: { experiment_id: string } }).experiment;
      await done(['POST', 'runs/create', { experiment_id }]);
    },
    hasEffect: isWrite,
    outcome: () => 'made',
  });
});
