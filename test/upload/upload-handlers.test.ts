import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { apiHandler } from '../../lambdas/kernel/http';
import { logger } from '../../lambdas/kernel/logger';
import type { CopyRequest, RegisterRequest, Slot } from '../../lambdas/upload/contract';
import type { handler as registerHandler } from '../../lambdas/upload/register-upload.lambda';
import { answerOf, apiEvent, claimsOf } from '../kernel/api-event';

const told: string[] = [];
const opened: Slot[] = [];
let access: { model: string; mode: string; grants: object[] } | undefined;

jest.mock('../../lambdas/upload/register-upload', () => ({
  registerUpload: async (_bucket: string, key: string) => {
    told.push(key);
    if (key.includes('broken')) throw new Error('S3 is away');
    return { outcome: 'waiting', missing: ['contender.yaml'] };
  },
}));
jest.mock('../../lambdas/upload/register-prefix', () => ({
  registerPrefix: async (request: RegisterRequest) => {
    if (request.prefix.includes('broken')) throw new Error('S3 is away');
    told.push(request.prefix);
    return { outcome: 'registered', version: 7 };
  },
}));
jest.mock('../../lambdas/upload/register-copy', () => ({
  registerCopy: async ({ copyOf }: CopyRequest) => {
    told.push(`${copyOf.model}/${copyOf.version}`);
    return { outcome: 'registered', version: 8 };
  },
}));
jest.mock('../../lambdas/upload/adapters/dynamo-slots', () => ({
  DynamoSlots: class {
    open = async (slot: Slot) => void opened.push(slot);
    find = async (id: string) => {
      const slot = opened.find((one) => one.slot === id);
      return slot && { slot, status: { status: 'WAITING' } };
    };
  },
}));
jest.mock('../../lambdas/registry/adapters/registry-reader', () => ({
  RegistryReader: class {
    findModel = async () => access;
    access = async () => access;
  },
}));

let register: typeof registerHandler;
let api: ReturnType<typeof apiHandler>;
beforeAll(async () => {
  Object.assign(process.env, {
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    UPLOAD_BUCKET: 'uploads',
    ARTIFACT_BUCKET: 'artifacts',
    MAX_FILE_BYTES: '1000',
    INCOMPLETE_AFTER: 'PT1H',
    NEW_MODELS: 'open',
    DEFAULT_POLICY: '{}',
    DEPLOYMENT: 'test',
    SAGEMAKER: 'off',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  ({ handler: register } = await import('../../lambdas/upload/register-upload.lambda'));
  ({ handler: api } = await import('../../lambdas/upload/upload-api.lambda'));
});
beforeEach(() => {
  told.length = opened.length = 0;
  access = undefined;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

const message = (messageId: string, body: string): SQSRecord => ({
  messageId,
  body,
  receiptHandle: '',
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '', SenderId: '', ApproximateFirstReceiveTimestamp: '' },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: '',
});
const created = (key: string): string => JSON.stringify({ detail: { bucket: { name: 'uploads' }, object: { key } } });

test('of a batch only the messages that failed come back; the others are done', async () => {
  const Records = [
    message('1', created('inbox/wage/a+b %41.onnx')),
    message('2', 'no JSON'),
    message('3', created('inbox/broken/m.onnx')),
    message('4', JSON.stringify({ detail: {} })),
    message('5', created('inbox/wage/last.onnx')),
  ];
  const answer = await register({ Records } satisfies SQSEvent);
  const batchItemFailures = 'batchItemFailures' in answer ? answer.batchItemFailures : [];
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['2', '3', '4']);
  // EventBridge tells keys as they are: nothing is decoded twice.
  expect(told).toEqual(['inbox/wage/a+b %41.onnx', 'inbox/broken/m.onnx', 'inbox/wage/last.onnx']);
});

const REQUEST = {
  model: 'wage',
  bucket: 'uploads',
  prefix: 'mlflow/1/run/artifacts/model/',
  actor: { kind: 'person', id: 'ada' },
} as const satisfies RegisterRequest;

test('a direct invocation registers a prefix and is answered', async () => {
  expect(await register(REQUEST)).toEqual({ outcome: 'registered', version: 7 });
  expect(told).toEqual([REQUEST.prefix]);
});

test.each([
  ['another bucket', { bucket: 'artifacts' }, /from the bucket uploads, not from artifacts/],
  ['the inbox, whose events register it', { prefix: 'inbox/wage/v1/' }, /a prefix below mlflow\//],
  ['a prefix that ends amid a name', { prefix: 'mlflow/1/run' }, /slash at its end/],
  ['a hand that nobody vouches for', { actor: { kind: 'unknown', id: 's3' } }, /actor\.kind/],
])('a direct invocation for %s is refused', async (_what, rest, words) => {
  expect(await register({ ...REQUEST, ...rest } as RegisterRequest)).toEqual({
    outcome: 'refused',
    message: expect.stringMatching(words),
  });
  expect(told).toEqual([]);
});

test('a direct invocation registers a copy of a version, and one that names none is refused', async () => {
  const copy = { model: 'wage', copyOf: { model: 'dev', version: 3 }, actor: REQUEST.actor };
  expect(await register(copy)).toEqual({ outcome: 'registered', version: 8 });
  expect(told).toEqual(['dev/3']);
  const wrong = { ...copy, copyOf: { model: 'dev' } } as unknown as CopyRequest;
  expect(await register(wrong)).toEqual({ outcome: 'refused', message: expect.stringMatching(/copyOf\.version/) });
});

test('what failed on our side is no refusal: it may be asked for again', async () => {
  await expect(register({ ...REQUEST, prefix: 'mlflow/broken/' })).rejects.toThrow('S3 is away');
});

const OPEN = 'POST /api/v1/models/{model}/uploads';
const open = async (files: object[], claims = claimsOf('ada', 'data-scientist')) =>
  answerOf(await api(apiEvent(OPEN, { path: { model: 'wage' }, body: { files }, claims })));

test('a slot has a prefix that cannot be guessed and a URL for each file', async () => {
  const { status, body } = await open([
    { path: 'contender.yaml', size: 10 },
    { path: 'data/rows.csv', size: 1000 },
  ]);
  expect(status).toBe(201);
  expect(body.slot).toMatch(/^[\w-]{24}$/);
  expect(body.prefix).toBe(`inbox/wage/slot-${body.slot}/`);
  expect(body.files.map(({ path }: { path: string }) => path)).toEqual(['contender.yaml', 'data/rows.csv']);
  const url = new URL(body.files[1].url);
  expect(decodeURIComponent(url.pathname)).toMatch(new RegExp(`${body.prefix}data/rows.csv$`));
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  expect(opened[0]).toMatchObject({ model: 'wage', uploader: { kind: 'person', id: 'ada', name: 'ada' } });
  expect((opened[0]?.expiresAt ?? 0) - (opened[0]?.openedAt ?? 0)).toBe(900_000);
});

test.each([
  ['leaves the slot', '../other/contender.yaml'],
  ['leaves it on the way', 'a/../../b'],
  ['is absolute', '/etc/passwd'],
  ['has a backslash', 'a\\b'],
  ['is empty', ''],
])('a path that %s is refused', async (_what, path) => {
  expect((await open([{ path, size: 1 }])).status).toBe(400);
  expect(opened).toEqual([]);
});

test.each([
  ['no file', [], 400],
  ['more files than an upload may have', Array.from({ length: 65 }, (_, i) => ({ path: `f${i}`, size: 1 })), 400],
  ['a file over the limit', [{ path: 'm.onnx', size: 1001 }], 413],
  ['a pickle', [{ path: 'm.pkl', size: 10 }], 400],
])('%s is refused before anything is sent', async (_what, files, status) => {
  expect((await open(files)).status).toBe(status);
});

test('who may not upload gets no slot, on an open model or a restricted one', async () => {
  const file = [{ path: 'm.onnx', size: 1 }];
  expect((await open(file, claimsOf('rob', 'reviewer'))).status).toBe(403);
  access = { model: 'wage', mode: 'restricted', grants: [] };
  expect((await open(file)).status).toBe(403);
  access = { model: 'wage', mode: 'restricted', grants: [{ principal: 'user:ada', roles: ['data-scientist'] }] };
  expect((await open(file)).status).toBe(201);
});

test('what became of an upload is told to who opened its slot, and to nobody else', async () => {
  const { body } = await open([{ path: 'm.onnx', size: 1 }]);
  const read = async (id: string, slot = body.slot) =>
    answerOf(
      await api(apiEvent('GET /api/v1/uploads/{slot}', { path: { slot }, claims: claimsOf(id, 'data-scientist') })),
    );
  expect(await read('ada')).toEqual({ status: 200, body: { status: 'WAITING' } });
  expect((await read('eve')).status).toBe(403);
  expect((await read('ada', 'unheard-of')).status).toBe(404);
});
