import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Artifacts } from '../../lambdas/scoring/adapters/s3-artifacts';
import { FakeAws } from './fake-aws';
import { fixtureGraph, versionOf } from './versions';

const aws = new FakeAws();
const folder = mkdtempSync(join(tmpdir(), 's3-artifacts-test-'));
beforeAll(() => aws.start());
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true });
});

const version = versionOf('binary', 1);
const graph = fixtureGraph('binary');
const artifacts = () => new S3Artifacts(new S3Client({ ...aws.config, forcePathStyle: true }), 'artifacts');
const copy = join(folder, 'copy.onnx');

test('a graph is read whole from the version’s prefix', async () => {
  aws.answer = () => ({ body: graph });
  expect(Buffer.from(await artifacts().readGraph(version)).equals(graph)).toBe(true);
  expect(aws.requests[0]?.path).toContain(`/artifacts/models/credit/${version.rootDigest}/binary.onnx`);
});

test('a graph is streamed into a file', async () => {
  aws.answer = () => ({ body: graph });
  await artifacts().copyGraph(version, copy);
  expect(readFileSync(copy).equals(graph)).toBe(true);
});

test('bytes that are not the registered ones are never handed out, nor left on disk', async () => {
  aws.answer = () => ({ body: Buffer.concat([graph, Buffer.from('x')]) });
  const altered = { code: 'upstream-failed', message: expect.stringContaining('is not what was registered') };
  await expect(artifacts().readGraph(version)).rejects.toMatchObject(altered);
  await expect(artifacts().copyGraph(version, copy)).rejects.toMatchObject(altered);
  expect(existsSync(copy)).toBe(false);
});

test('an unreadable object names file and version', async () => {
  aws.answer = () => ({
    status: 403,
    headers: { 'content-type': 'application/xml' },
    body: '<Error><Code>AccessDenied</Code></Error>',
  });
  await expect(artifacts().readGraph(version)).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringMatching(/binary\.onnx of credit version 1.*AccessDenied/),
  });
});

test('a version without an ONNX graph is not scored here', async () => {
  const hosted = { ...version, runtime: { kind: 'sagemaker' as const, endpoint: 'e' } };
  await expect(artifacts().readGraph(hosted)).rejects.toMatchObject({ code: 'unsupported' });
});
