import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Conflict } from '../../../lambdas/kernel/errors';
import { S3Artifacts, S3Uploads } from '../../../lambdas/upload/adapters/s3-uploads';
import type { Artifacts, UploadObject, Uploads } from '../../../lambdas/upload/ports';
import { UploadWorld } from '../../upload/fakes';
import { freshModel, platform } from '../platform';

interface Opened {
  readonly uploads: Uploads;
  readonly artifacts: Artifacts;
  put(key: string, body: string): Promise<unknown>;
  remove(key: string): Promise<unknown>;
  stored(key: string): Promise<string>;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What both promise of the bucket that is uploaded to, and of the one that keeps versions. */
const contract = (open: () => Opened) => {
  const only = async ({ uploads }: Opened, key: string): Promise<UploadObject> => {
    const found = await uploads.find(key, 'a');
    if (found === undefined) throw new Error(`${key} is not there`);
    return found;
  };

  test('what lies below a prefix is listed in order, without folder markers, up to a limit', async () => {
    const opened = open();
    for (const path of ['b.csv', 'a.csv', 'sub/', 'sub/c.csv']) await opened.put(`inbox/m/f/${path}`, path);
    await opened.put('inbox/m/ff/other.csv', 'x');
    const listed = await opened.uploads.list('inbox/m/f/', 10);
    expect(listed.map(({ path, size, key }) => [path, size, key])).toEqual([
      ['a.csv', 5, 'inbox/m/f/a.csv'],
      ['b.csv', 5, 'inbox/m/f/b.csv'],
      ['sub/c.csv', 9, 'inbox/m/f/sub/c.csv'],
    ]);
    expect(await opened.uploads.list('inbox/m/f/', 2)).toHaveLength(2);
    expect(await opened.uploads.list('inbox/nobody/', 2)).toEqual([]);
  });

  test('an object is read as it was found', async () => {
    const opened = open();
    await opened.put('inbox/m/a', 'one');
    const [listed] = await opened.uploads.list('inbox/m/', 10);
    expect(textOf(await opened.uploads.read(await only(opened, 'inbox/m/a')))).toBe('one');
    expect(listed && textOf(await opened.uploads.read(listed))).toBe('one');
    expect(await opened.uploads.find('inbox/m/none', 'none')).toBeUndefined();
  });

  test.each(['it was listed', 'it was found'])(
    'other bytes than those that were there when %s are never read',
    async (when) => {
      const opened = open();
      await opened.put('inbox/m/a', 'one');
      const pinned =
        when === 'it was found' ? await only(opened, 'inbox/m/a') : (await opened.uploads.list('inbox/m/', 1))[0];
      if (pinned === undefined) throw new Error('nothing was listed');
      await opened.put('inbox/m/a', 'two');
      await expect(opened.uploads.read(pinned)).rejects.toBeInstanceOf(Conflict);
      const again = await only(opened, 'inbox/m/a');
      expect(again.id).not.toBe(pinned.id);
      await opened.remove('inbox/m/a');
      await expect(opened.uploads.read(again)).rejects.toBeInstanceOf(Conflict);
    },
  );

  test('bytes are kept under a key once, and only if they are what their digest says', async () => {
    const { artifacts, stored } = open();
    const put = (text: string, digest: string) => artifacts.put('models/m/x', Buffer.from(text), digest);
    await put('model', sha256('model'));
    await put('model', sha256('model'));
    await expect(put('other', sha256('model'))).rejects.toThrow();
    expect(await stored('models/m/x')).toBe('model');
  });
};

describe('in memory', () =>
  contract(() => {
    const world = new UploadWorld();
    return {
      uploads: world.uploads,
      artifacts: world.artifacts,
      put: async (key, body) => world.put(key, body),
      remove: async (key) => world.objects.delete(key),
      stored: async (key) => String(world.stored.get(key)),
    };
  }));

describe('in S3', () => {
  const s3 = new S3Client(platform().aws);
  let Bucket = '';
  beforeEach(async () => {
    Bucket = freshModel('objects');
    await s3.send(new CreateBucketCommand({ Bucket }));
  });

  contract(() => ({
    uploads: new S3Uploads(s3, Bucket),
    artifacts: new S3Artifacts(s3, Bucket),
    put: (Key, Body) => s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    remove: (Key) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
    stored: async (Key) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    },
  }));
});
