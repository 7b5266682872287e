import { GetObjectCommand, ListObjectsV2Command, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Conflict } from '../../lambdas/kernel/errors';
import { S3Artifacts, S3Uploads } from '../../lambdas/upload/adapters/s3-uploads';

type Command = { input: Record<string, unknown> };
const asked: Command[] = [];

/** A client whose answers are given. */
const clientOf = (answer: (command: Command) => unknown): S3Client => {
  const client = new S3Client({ region: 'us-east-1' });
  jest.spyOn(client, 'send').mockImplementation(async (command: unknown) => {
    asked.push(command as Command);
    return answer(command as Command);
  });
  return client;
};
const failing = (status: number, name: string) => () => {
  throw Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
};
const uploads = (answer: (command: Command) => unknown) => new S3Uploads(clientOf(answer), 'uploads');
beforeEach(() => {
  asked.length = 0;
});

test('a folder is listed to its end, without its markers', async () => {
  const pages = [
    {
      Contents: [
        { Key: 'in/', Size: 0 },
        { Key: 'in/a', Size: 1, ETag: '"a"', LastModified: new Date(1000) },
      ],
      IsTruncated: true,
      NextContinuationToken: 'more',
    },
    {
      Contents: [
        { Key: 'in/b/', Size: 0 },
        { Key: 'in/b/c', Size: 2, ETag: '"c"' },
      ],
    },
  ];
  expect(await uploads(() => pages.shift()).list('in/', 3)).toEqual([
    { key: 'in/a', path: 'a', size: 1, id: '"a"', putAt: 1000 },
    { key: 'in/b/c', path: 'b/c', size: 2, id: '"c"', putAt: Number.POSITIVE_INFINITY },
  ]);
  expect(asked.every((command) => command instanceof ListObjectsV2Command)).toBe(true);
});

test('no more is listed than was asked for', async () => {
  const Contents = Array.from({ length: 9 }, (_, i) => ({ Key: `in/${i}`, Size: 1, ETag: '"x"' }));
  const listed = await uploads(() => ({ Contents, IsTruncated: true, NextContinuationToken: 'more' })).list('in/', 5);
  expect(listed).toHaveLength(5);
  expect(asked).toHaveLength(1);
});

test('an object is pinned by its version where the bucket keeps them, else by its ETag', async () => {
  const versioned = await uploads(() => ({
    ContentLength: 3,
    VersionId: 'v1',
    ETag: '"e"',
    LastModified: new Date(2000),
  })).find('k', 'k');
  expect(versioned).toEqual({ key: 'k', path: 'k', size: 3, id: 'v1', putAt: 2000 });
  const plain = await uploads(() => ({ ContentLength: 3, ETag: '"e"' })).find('k', 'k');
  expect(plain?.id).toBe('"e"');
  expect(
    await uploads(() => {
      throw new NotFound({ message: '', $metadata: {} });
    }).find('k', 'k'),
  ).toBeUndefined();
});

test.each([
  ['v1', { VersionId: 'v1' }],
  ['"e"', { IfMatch: '"e"' }],
])('what is pinned by %s is read by that, and nothing else will do', async (id, pin) => {
  const object = { key: 'k', path: 'k', size: 3, id, putAt: 0 };
  const bytes = new Uint8Array([1, 2, 3]);
  const body = { transformToByteArray: () => Promise.resolve(bytes) };
  expect(await uploads(() => ({ Body: body })).read(object)).toBe(bytes);
  expect(asked[0]).toBeInstanceOf(GetObjectCommand);
  expect(asked[0]?.input).toEqual({ Bucket: 'uploads', Key: 'k', ...pin });
  await expect(uploads(failing(412, 'PreconditionFailed')).read(object)).rejects.toThrow(Conflict);
  await expect(uploads(failing(503, 'SlowDown')).read(object)).rejects.toThrow('SlowDown');
});

test('S3 is told the digest of what it stores, and refuses other bytes', async () => {
  const client = clientOf(() => ({}));
  await new S3Artifacts(client, 'artifacts').put('models/k', new Uint8Array([1]), 'ff'.repeat(32));
  expect(asked[0]).toBeInstanceOf(PutObjectCommand);
  expect(asked[0]?.input).toMatchObject({
    Bucket: 'artifacts',
    Key: 'models/k',
    ChecksumSHA256: Buffer.alloc(32, 255).toString('base64'),
  });
});
