import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ArtifactStore } from '../../lambdas/evaluation/adapters/s3-artifact-store';
import type { EvaluationReport } from '../../lambdas/evaluation/contract';
import { FakeAws } from '../scoring/fake-aws';
import { registered } from './versions';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

const store = () => new S3ArtifactStore(new S3Client({ ...aws.config, forcePathStyle: true }), 'artifacts', 60);
const version = registered(2);
const { model, rootDigest } = version;
const reportAt = (evaluatedAt: number): EvaluationReport => ({ schema: 1, model, version: 2, rootDigest, evaluatedAt });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const KEY = `evaluations/credit/2-${rootDigest}.json`;

test('a report is written once, under the digest of what it judges', async () => {
  aws.answer = () => ({ body: '' });
  const report = reportAt(1);
  const sha = sha256(JSON.stringify(report));
  expect(await store().keepReport(report)).toEqual({ report, reference: { key: KEY, sha256: sha } });
  expect(aws.requests.at(-1)).toMatchObject({ method: 'PUT', path: expect.stringContaining(`/artifacts/${KEY}`) });
});

test('where there is a report already, that one counts', async () => {
  const first = JSON.stringify(reportAt(1));
  aws.answer = ({ method }) =>
    method === 'PUT'
      ? { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' }
      : { headers: { 'content-type': 'application/json' }, body: first };
  expect(await store().keepReport(reportAt(2))).toEqual({
    report: reportAt(1),
    reference: { key: KEY, sha256: sha256(first) },
  });
});

test('a report that was kept before is found by its key alone', async () => {
  const kept = JSON.stringify(reportAt(1));
  const listing = (key: string) => `<ListBucketResult><Contents><Key>${key}</Key></Contents></ListBucketResult>`;
  aws.answer = ({ path }) => ({ body: path.includes('list-type') ? listing(KEY) : kept });
  expect(await store().findReport(reportAt(1))).toEqual({
    report: reportAt(1),
    reference: { key: KEY, sha256: sha256(kept) },
  });
  aws.answer = () => ({ body: listing(`${KEY}.bak`) });
  expect(await store().findReport(reportAt(1))).toBeUndefined();
  aws.answer = () => ({ body: '<ListBucketResult></ListBucketResult>' });
  expect(await store().findReport(reportAt(1))).toBeUndefined();
});

test('a background sample lies under its own digest', async () => {
  aws.answer = () => ({ body: '' });
  const background = { rows: [1], columns: [{ name: 'a', values: [1] }] };
  const digest = sha256(JSON.stringify(background));
  const key = `backgrounds/credit/2-${rootDigest}/${digest}.json`;
  expect(await store().keepBackground(reportAt(1), background)).toEqual({ rows: 1, key, sha256: digest });
  expect(aws.requests.at(-1)).toMatchObject({ method: 'PUT', path: expect.stringContaining(`/artifacts/${key}`) });
});

test('any other failure to write is an error', async () => {
  aws.answer = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
  await expect(store().keepReport(reportAt(1))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a report that is not the recorded one is refused', async () => {
  aws.answer = () => ({ body: JSON.stringify(reportAt(3)) });
  const sha = sha256(JSON.stringify(reportAt(3)));
  expect(await store().readReport({ key: KEY, sha256: sha })).toEqual(reportAt(3));
  await expect(store().readReport({ key: KEY, sha256: sha256('other') })).rejects.toMatchObject({
    message: expect.stringContaining('is not the report that was recorded'),
  });
});

test('a URL reads one object for a while', async () => {
  const url = new URL(await store().presign(version, 'model.onnx'));
  expect(url.pathname).toBe(`/artifacts/models/credit/${rootDigest}/model.onnx`);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
});
