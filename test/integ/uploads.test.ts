import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { s3Administrator } from './administrator';
import { eventually, freshModel, platform } from './platform';
import { awaitStatus, exampleFiles, push, put, setPolicy, upload, type VersionView, versionsOf } from './world';

const manifestOf = (files: Readonly<Record<string, Uint8Array>>): string =>
  Buffer.from(files['contender.yaml'] ?? '').toString();

const rejected = async (model: string): Promise<VersionView['rejection']> =>
  (await awaitStatus(model, 1, 'REJECTED')).rejection;

const uploadQueue = async (sqs: SQSClient): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return QueueUrls.find((url) => url.includes('UploadQueue')) ?? '';
};

/** `Object Created` once more, as S3 and its queue may tell it. */
const tellAgain = async (key: string): Promise<void> => {
  const sqs = new SQSClient(platform().aws);
  const detail = { bucket: { name: platform().outputs.modelBucket }, object: { key } };
  await sqs.send(new SendMessageCommand({ QueueUrl: await uploadQueue(sqs), MessageBody: JSON.stringify({ detail }) }));
};

test('events that come twice and out of order register an upload once', async () => {
  const model = freshModel('twice');
  const files = exampleFiles(1);
  // The model last: what names it arrived before it.
  await upload(model, {
    'contender.yaml': files['contender.yaml'] ?? '',
    'evaluation.csv': files['evaluation.csv'] ?? '',
  });
  expect(await versionsOf(model)).toEqual([]);
  await upload(model, { 'model.onnx': files['model.onnx'] ?? '' });
  await awaitStatus(model, 1, 'EVALUATED');
  for (const file of ['model.onnx', 'evaluation.csv', 'model.onnx']) await tellAgain(`inbox/${model}/upload/${file}`);
  // The same bytes in another folder are the same version.
  await upload(model, files, 'again');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(await versionsOf(model)).toHaveLength(1);
  const { items } = await (await platform().api('auditor')).get<{
    items: Array<{ type: string; version?: number; detail: object }>;
  }>(`/api/v1/models/${model}/audit`);
  expect(items.filter(({ type }) => type === 'Upload Repeated')).toEqual([
    expect.objectContaining({ version: 1, detail: { source: `inbox/${model}/again/` } }),
  ]);
});

test('a lone graph that is pushed is an upload by itself, by a known hand', async () => {
  const model = freshModel('lone');
  await push(model, { 'model.onnx': Buffer.from(exampleFiles(1)['model.onnx'] ?? '') });
  await awaitStatus(model, 1, 'EVALUATED');
  const { items } = await (await platform().api('auditor')).get<{ items: Array<{ type: string; actor: object }> }>(
    `/api/v1/models/${model}/audit`,
  );
  expect(items.at(-1)).toMatchObject({ type: 'Version Registered', actor: { kind: 'person' } });
});

test('uploads of one model that arrive together get distinct numbers without gaps', async () => {
  const model = freshModel('together');
  const [one, two, three] = [1, 2, 3].map(exampleFiles);
  await Promise.all([one, two, three].map((files, i) => upload(model, files ?? {}, `folder-${i}`)));
  const versions = await eventually('three versions', async () => {
    const found = await versionsOf(model);
    return found.length === 3 ? found : undefined;
  });
  expect(versions.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
});

test('a burst of uploads, of which some have the same bytes and some are broken, gets distinct numbers without gaps', async () => {
  const model = freshModel('burst');
  const good = Array.from({ length: 12 }, (_, i) => ({ 'notes.txt': `batch ${i % 6}`, ...exampleFiles(1) }));
  const broken = [1, 2].map((n) => ({ ...exampleFiles(1), 'contender.yaml': `task: guess-${n}\n` }));
  await Promise.all([...good, ...broken].map((files, i) => upload(model, files, `folder-${i}`)));
  const all = () =>
    eventually('eight versions', async () => {
      const found = await versionsOf(model);
      return found.length >= 8 ? found : undefined;
    });
  await all();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const versions = await all();
  expect(versions.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const accepted = versions.filter(({ status }) => status !== 'REJECTED');
  expect(new Set(accepted.map(({ rootDigest }) => rootDigest)).size).toBe(6);
  expect(accepted).toHaveLength(6);
});

const BROKEN: Array<[string, () => Uint8Array | string, string, RegExp]> = [
  ['is no ONNX at all', () => 'this is text', 'not-onnx', /no ONNX/],
  ['is cut off', () => (exampleFiles(2)['model.onnx'] ?? new Uint8Array()).slice(0, 1500), 'not-onnx', /truncated/],
];

test.each(BROKEN)('a lone file that %s is rejected with a reason', async (_what, body, code, words) => {
  const model = freshModel('broken');
  await put(`inbox/${model}/model.onnx`, body());
  expect(await rejected(model)).toMatchObject({ code, message: expect.stringMatching(words) });
});

test('a manifest that is wrong is rejected with the line and the key', async () => {
  const model = freshModel('manifest');
  const files = exampleFiles(1);
  await upload(model, { ...files, 'contender.yaml': `${manifestOf(files)}\ncolour: blue\n` });
  expect(await rejected(model)).toMatchObject({
    code: 'bad-manifest',
    message: expect.stringMatching(/contender\.yaml line \d+: unknown key "colour"/),
  });
});

test('evaluation data without the label are rejected with the columns that there are', async () => {
  const model = freshModel('label');
  const files = exampleFiles(1);
  await upload(model, { ...files, 'contender.yaml': manifestOf(files).replace('label: truth', 'label: verdict') });
  expect((await rejected(model))?.message).toMatch(/verdict/);
});

test('the queue goes on after poison: a good upload behind it is registered', async () => {
  await tellAgain('inbox/no such model name!/x.onnx');
  const sqs = new SQSClient(platform().aws);
  await sqs.send(new SendMessageCommand({ QueueUrl: await uploadQueue(sqs), MessageBody: 'no JSON' }));
  const model = freshModel('after');
  await push(model, exampleFiles(1));
  await awaitStatus(model, 1, 'EVALUATED');
});

test('a policy that calls outcomes selective is refused with the reason', async () => {
  const model = freshModel('selective');
  await expect(setPolicy(model, { outcomes: { observed: { when: 'decision == approve' } } })).rejects.toThrow(
    /selective outcomes bias every comparison/,
  );
});

test('a domain event that is told twice starts one approval', async () => {
  const model = freshModel('onceonly');
  await push(model, exampleFiles(1));
  const { rootDigest } = await awaitStatus(model, 1, 'EVALUATED');
  const detail = {
    schema: 1,
    id: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
    time: new Date().toISOString(),
    deployment: platform().outputs.deployment,
    model,
    version: 1,
    rootDigest,
    actor: { kind: 'platform', id: 'test' },
    auditSequence: 1,
    data: {},
  };
  const bus = new EventBridgeClient(platform().aws);
  await bus.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: platform().outputs.eventBusName,
          Source: 'contender',
          DetailType: 'Version Registered',
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const api = await platform().api('reviewer');
  const { items } = await api.get<{ items: Array<{ model: string }> }>('/api/v1/approvals?limit=200');
  expect(items.filter((approval) => approval.model === model)).toHaveLength(1);
});

test('a version’s files cannot be changed or deleted, whatever an identity’s own policy allows', async () => {
  const model = freshModel('locked');
  await push(model, exampleFiles(1));
  const { rootDigest } = await awaitStatus(model, 1, 'EVALUATED');
  const s3 = await s3Administrator();
  const Bucket = platform().outputs.artifactBucket;
  const object = { Bucket, Key: `models/${model}/${rootDigest}/model.onnx` };
  const { VersionId } = await s3.send(new HeadObjectCommand(object));
  await expect(s3.send(new PutObjectCommand({ ...object, Body: 'another model' }))).rejects.toThrow(
    /denied|authorized/i,
  );
  await expect(s3.send(new DeleteObjectCommand(object))).rejects.toThrow(/denied|authorized/i);
  await expect(s3.send(new DeleteObjectCommand({ ...object, VersionId }))).rejects.toThrow(/denied|authorized/i);
  // Elsewhere in the bucket the same hand may write: it is the place that is locked.
  await s3.send(new PutObjectCommand({ Bucket, Key: `${model}/elsewhere`, Body: 'x' }));
});
