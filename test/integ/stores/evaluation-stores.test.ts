import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { RegistryRecords } from '../../../lambdas/evaluation/adapters/registry-records';
import { S3ArtifactStore } from '../../../lambdas/evaluation/adapters/s3-artifact-store';
import type { EvaluationReport } from '../../../lambdas/evaluation/contract';
import type { ArtifactStore, VersionRecords } from '../../../lambdas/evaluation/ports';
import { Conflict, NotFound, UpstreamFailed } from '../../../lambdas/kernel/errors';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { putVersion } from '../../../lambdas/registry/adapters/registry-writes';
import { type EvaluationSummary, policySchema } from '../../../lambdas/registry/contract';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { EvaluationWorld } from '../../evaluation/fakes';
import { registered } from '../../evaluation/versions';
import { freshModel, platform } from '../platform';

const VERSION = registered(2);
const SUMMARY: EvaluationSummary = {
  evidence: 'none',
  metrics: {},
  latencyMsPerRow: 1,
  report: { key: 'evaluations/credit/2.json', sha256: 'a'.repeat(64) },
};
const REJECTION = { code: 'timed-out', message: 'slow' };

/** What both promise of a version's row. */
const recordsContract = (open: () => Promise<VersionRecords>) => {
  test('a version that there is not is not found, and a model without a policy has the default', async () => {
    const records = await open();
    await expect(records.version('credit', 3)).rejects.toBeInstanceOf(NotFound);
    expect(await records.route('credit')).toBeUndefined();
    expect(await records.policy('credit')).toEqual({ number: 0, policy: policySchema.parse({}) });
  });

  test('an evaluation is on the row, with its moment', async () => {
    const records = await open();
    await records.recordEvaluation(VERSION, SUMMARY, 50);
    expect(await records.version('credit', 2)).toMatchObject({
      status: 'EVALUATED',
      evaluation: SUMMARY,
      evaluatedAt: 50,
      generation: 1,
    });
  });

  test('a rejection is on the row, with what was found before', async () => {
    const records = await open();
    await records.recordRejection(VERSION, REJECTION, 50, SUMMARY);
    expect(await records.version('credit', 2)).toMatchObject({
      status: 'REJECTED',
      rejection: REJECTION,
      evaluation: SUMMARY,
      rejectedAt: 50,
    });
  });

  test('of two outcomes of what was read once, the first stands and the second is a conflict', async () => {
    const records = await open();
    await records.recordRejection(VERSION, REJECTION, 50);
    await expect(records.recordEvaluation(VERSION, SUMMARY, 51)).rejects.toBeInstanceOf(Conflict);
    await expect(records.recordRejection(VERSION, REJECTION, 52)).rejects.toBeInstanceOf(Conflict);
    expect(await records.version('credit', 2)).toMatchObject({ status: 'REJECTED', rejectedAt: 50, generation: 1 });
  });
};

const { model, version, rootDigest } = VERSION;
const reportAt = (evaluatedAt: number): EvaluationReport => ({ schema: 1, model, version, rootDigest, evaluatedAt });

/** What both promise of reports and samples. */
const artifactsContract = (open: () => Promise<ArtifactStore>) => {
  test('the first report of a version is kept, and found from then on', async () => {
    const store = await open();
    expect(await store.findReport(VERSION)).toBeUndefined();
    const first = await store.keepReport(reportAt(1));
    expect(first.report).toEqual(reportAt(1));
    expect(await store.keepReport(reportAt(2))).toEqual(first);
    expect(await store.findReport(VERSION)).toEqual(first);
    expect(await store.findReport({ ...VERSION, version: 20 })).toBeUndefined();
  });

  test('a report is read as it was recorded, or not at all', async () => {
    const store = await open();
    const { reference } = await store.keepReport(reportAt(1));
    expect(await store.readReport(reference)).toEqual(reportAt(1));
    const other = { ...reference, sha256: 'f'.repeat(64) };
    await expect(store.readReport(other)).rejects.toBeInstanceOf(UpstreamFailed);
  });

  test('samples have places by what they hold: another one leaves the first alone', async () => {
    const store = await open();
    const sampleOf = (value: number) => ({ rows: [1, 2], columns: [{ name: 'a', values: [value, null] }] });
    const first = await store.keepBackground(VERSION, sampleOf(1));
    expect(await store.keepBackground(VERSION, sampleOf(1))).toEqual(first);
    expect((await store.keepBackground(VERSION, sampleOf(2))).key).not.toBe(first.key);
  });
};

describe('in memory', () => {
  recordsContract(async () => new EvaluationWorld().add(VERSION).records);
  artifactsContract(async () => new EvaluationWorld().artifacts);
});

describe('in DynamoDB', () => {
  const dynamo = new DynamoDBClient(platform().aws);
  let tables: RegistryTables;
  beforeEach(async () => {
    tables = await createRegistryTables(dynamo, freshModel('records'));
  });
  afterEach(() => deleteRegistryTables(dynamo, tables));

  recordsContract(async () => {
    const table = new RegistryTable(dynamo, tables.registry, tables.audit);
    const { Item } = putVersion(tables.registry, VERSION).Put ?? {};
    await DynamoDBDocumentClient.from(dynamo).send(new PutCommand({ TableName: tables.registry, Item }));
    return new RegistryRecords(table, new RegistryReader(table));
  });
});

describe('in S3', () => {
  const s3 = new S3Client(platform().aws);
  artifactsContract(async () => {
    const Bucket = freshModel('reports');
    await s3.send(new CreateBucketCommand({ Bucket }));
    return new S3ArtifactStore(s3, Bucket, 60);
  });
});
