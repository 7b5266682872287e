import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { tarGz, tarGzOf, zipOf } from '../upload/archive-bytes';
import { external, model as graph, wrapped } from '../upload/onnx-bytes';
import { eventually, freshModel, platform } from './platform';
import { awaitStatus, exampleFiles, put, upload, type VersionView, versionsOf } from './world';

const sqs = new SQSClient(platform().aws);
const iam = new IAMClient(platform().aws);

const queueNamed = async (part: string): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const found = QueueUrls.find((url) => url.includes(part));
  if (found === undefined) throw new Error(`there is no queue ${part} among ${QueueUrls.join(', ')}`);
  return found;
};
const attributeOf = async (QueueUrl: string, name: 'ApproximateNumberOfMessages' | 'VisibilityTimeout') => {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
  return Attributes[name] ?? '';
};
const deadLetters = async (): Promise<number> =>
  Number(await attributeOf(await queueNamed('UploadDeadLetters'), 'ApproximateNumberOfMessages'));

const WHOLE = exampleFiles(1);
const MANIFEST = Buffer.from(WHOLE['contender.yaml'] ?? '').toString();
const MB = 2 ** 20;
/** Deep enough to end a process that follows it by recursion. */
const DEEP = 100_000;

type Body = Uint8Array | string;
type Hostile = readonly [what: string, name: string, body: () => Body | Promise<Body>, codes: RegExp];

/** A lone file each, and what it may be rejected as. */
const FILES: readonly Hostile[] = [
  ['is empty', 'm.onnx', () => '', /not-onnx/],
  ['is noise', 'm.onnx', () => randomBytes(MB), /not-onnx/],
  ['is a text', 'm.onnx', () => 'this is text', /not-onnx/],
  ['is cut off', 'm.onnx', () => (WHOLE['model.onnx'] ?? new Uint8Array()).slice(0, 900), /not-onnx/],
  ['names tensors outside of the upload', 'm.onnx', () => graph({ initializers: [external('../../etc/passwd')] }), /./],
  [
    'is countless empty nodes',
    'm.onnx',
    () => wrapped(7, Buffer.concat(Array(600_000).fill(Buffer.from([0x0a, 0])))),
    /unsupported-graph|not-onnx/,
  ],
  ['is a pickle', 'm.pkl', () => 'cos\nsystem\n', /executable/],
  ['is no gzip', 'm.tar.gz', () => 'no gzip', /bad-archive|unsafe-archive/],
  ['is a gzip of nothing', 'm.tar.gz', () => gzipSync(''), /./],
  [
    'is a gzip that is cut off',
    'm.tar.gz',
    async () => (await tarGzOf(WHOLE)).subarray(0, 900),
    /bad-archive|unsafe-archive/,
  ],
  ['is a bomb', 'm.tar.gz', () => tarGzOf({ 'm.onnx': Buffer.alloc(200 * MB) }), /./],
  [
    'leaves its folder',
    'm.tar.gz',
    () => tarGz([{ name: '../../m.onnx', body: graph() }]),
    /bad-archive|unsafe-archive/,
  ],
  [
    'links out of its folder',
    'm.tar.gz',
    () => tarGz([{ name: 'm.onnx', type: 'symlink', linkname: '/etc/passwd' }]),
    /bad-archive|unsafe-archive/,
  ],
  [
    'is a device',
    'm.tar.gz',
    () => tarGz([{ name: 'm.onnx', type: 'character-device' }]),
    /bad-archive|unsafe-archive/,
  ],
  ['is a zip with an executable', 'm.zip', () => zipOf({ 'm.onnx': graph(), 'run.sh': 'rm -rf /' }), /executable/],
  ['is a zip that is cut off', 'm.zip', () => zipOf(WHOLE).subarray(0, -30), /bad-archive|unsafe-archive/],
  ['is an archive in an archive', 'm.zip', () => zipOf({ 'inner.zip': zipOf({ 'm.onnx': graph() }) }), /./],
];

/** The manifest of a folder that is good otherwise. */
const MANIFESTS: ReadonlyArray<readonly [what: string, manifest: Body]> = [
  ['is null', 'null'],
  ['is a list', '- 1\n- 2'],
  ['is no text', randomBytes(4096)],
  [
    'is an alias bomb',
    [
      'a: &a [1]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
    ].join('\n'),
  ],
  ['is deeper than a stack', `owner: ${'['.repeat(DEEP)}`],
  ['names a file outside of the upload', `${MANIFEST.replace('model: model.onnx', 'model: ../../other/model.onnx')}`],
  [
    'would pollute prototypes',
    `${MANIFEST}\n__proto__: { owner: evil }\nconstructor: { prototype: { owner: evil } }\n`,
  ],
  ['has a number that no record holds', MANIFEST.replace('threshold: 0.5', 'threshold: 1e400')],
];

const rejectionOf = async (model: string): Promise<VersionView['rejection']> =>
  (await awaitStatus(model, 1, 'REJECTED')).rejection;

describe('hostile uploads', () => {
  test.each(FILES)('a file that %s is rejected with a reason', async (_, name, body, codes) => {
    const model = freshModel('poison');
    await put(`inbox/${model}/${name}`, await body());
    const rejection = await rejectionOf(model);
    expect(rejection?.code).toMatch(codes);
    expect(rejection?.message.length).toBeGreaterThan(20);
  });

  test.each(MANIFESTS)('a manifest that %s is rejected as that', async (_, manifest) => {
    const model = freshModel('poison');
    await upload(model, { ...WHOLE, 'contender.yaml': manifest });
    expect((await rejectionOf(model))?.code).toBe('bad-manifest');
  });

  test.each([
    ['spaces and signs', 'in%box/ü +&=?#.onnx'],
    ['a folder in a folder', 'a/b/../c/model.onnx'],
    ['a name as long as keys may be', `${'x'.repeat(800)}.onnx`],
  ])('a key with %s stops nobody', async (_, path) => {
    const model = freshModel('keys');
    await put(`inbox/${model}/${path}`, 'x');
    await upload(model, WHOLE, 'good');
    await eventually('the good one', async () =>
      (await versionsOf(model)).find(({ status }) => status === 'EVALUATED'),
    );
  });

  test('none of them is left in the dead-letter queue', async () => {
    expect(await deadLetters()).toBe(0);
  });
});

/** The role of the function that registers, and all that it may do. */
const registrar = async () => {
  const RoleName = `contender-${platform().outputs.deployment}-${platform().outputs.region}-register`;
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const policies = await Promise.all(
    PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return { RoleName, PolicyName, PolicyDocument: decodeURIComponent(PolicyDocument) };
    }),
  );
  return policies;
};

/** What `start-message-move-task` does, which the embedded AWS does not know: each message goes back as it is, and then away. */
const moveBack = async (): Promise<void> => {
  const [from, to] = [await queueNamed('UploadDeadLetters'), await queueNamed('UploadQueue')];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return;
    for (const { Body = '', ReceiptHandle = '' } of Messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
    }
  }
};

/** Lets failed messages come back at once; twelve minutes are right for the platform, and too long for a test. */
const impatiently = async (work: () => Promise<void>): Promise<void> => {
  const QueueUrl = await queueNamed('UploadQueue');
  const VisibilityTimeout = await attributeOf(QueueUrl, 'VisibilityTimeout');
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }));
  try {
    await work();
  } finally {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout } }));
  }
};

test('what fails for want of a right waits among the dead letters, with an alarm, and the runbook’s redrive registers it', async () => {
  const model = freshModel('redrive');
  const policies = await registrar();
  expect(policies.length).toBeGreaterThan(0);
  await impatiently(async () => {
    try {
      for (const { RoleName, PolicyName } of policies)
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      await put(`inbox/${model}/model.onnx`, WHOLE['model.onnx'] ?? '');
      await eventually('a dead letter', async () => ((await deadLetters()) > 0 ? true : undefined), 90_000);
    } finally {
      for (const policy of policies) await iam.send(new PutRolePolicyCommand(policy));
    }
    expect(await versionsOf(model)).toEqual([]);
    await moveBack();
    await awaitStatus(model, 1, 'EVALUATED');
    expect(await deadLetters()).toBe(0);
  });
}, 180_000);

test('the dead letters of uploads have their alarm', async () => {
  const names: string[] = [];
  const client = new CloudWatchClient(platform().aws);
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, {}))
    names.push(...MetricAlarms.map(({ AlarmName = '' }) => AlarmName));
  expect(names).toContain(`contender-${platform().outputs.deployment}-dead-letters-upload`);
});
