import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PresignedFiles } from '../../lambdas/evaluation/adapters/presigned-files';
import { FakeAws } from '../scoring/fake-aws';

const web = new FakeAws();
const folder = mkdtempSync(join(tmpdir(), 'presigned-files-'));
beforeAll(() => web.start());
afterAll(async () => {
  await web.stop();
  rmSync(folder, { recursive: true });
});

const BYTES = Buffer.from('a,b\n1,2\n');
const fileOf = (bytes: Buffer) => ({
  path: 'evaluation.csv',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  url: `${web.config.endpoint}/evaluation.csv?signature=secret`,
});
const files = new PresignedFiles(folder, 1000);

test('a file is saved into the private folder', async () => {
  web.answer = () => ({ body: BYTES });
  expect(readFileSync(await files.save(fileOf(BYTES), 'evaluation.csv')).equals(BYTES)).toBe(true);
});

test.each([
  ['altered', Buffer.from('a,b\n1,3\n')],
  ['cut off', BYTES.subarray(0, 4)],
  ['longer', Buffer.concat([BYTES, BYTES])],
])('bytes that are %s end in an error', async (_, body) => {
  web.answer = () => ({ body });
  const altered = { code: 'upstream-failed', message: expect.stringContaining('is not what was registered') };
  await expect(files.save(fileOf(BYTES), 'x')).rejects.toMatchObject(altered);
});

test('a download that fails is an error of the platform that does not give the URL away', async () => {
  web.answer = () => ({ status: 403, body: 'expired' });
  const failure = await files.save(fileOf(BYTES), 'x').catch((error) => error);
  expect(failure).toMatchObject({
    code: 'upstream-failed',
    message: 'evaluation.csv could not be downloaded: status 403',
  });
});

test('a file over the limit is not even asked for', async () => {
  const before = web.requests.length;
  await expect(files.save(fileOf(Buffer.alloc(1001)), 'x')).rejects.toMatchObject({
    rejection: { code: 'file-too-large' },
  });
  expect(web.requests).toHaveLength(before);
});
