import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { modelKey, SK } from '../../../lambdas/registry/adapters/keys';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { modelVersionSchema } from '../../../lambdas/registry/contract';
import { verifyChain } from '../../../lambdas/registry/domain/audit-chain';
import { archives } from '../../../lambdas/upload/adapters/archive-reader';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { DynamoWaitingUploads } from '../../../lambdas/upload/adapters/dynamo-waiting-uploads';
import { S3Artifacts, S3Uploads } from '../../../lambdas/upload/adapters/s3-uploads';
import { type RegisterUploadResult, registerUpload } from '../../../lambdas/upload/register-upload';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { freshModel, platform } from '../platform';
import { exampleFiles } from '../world';

/** What a process that dies leaves of its caller: nothing after this runs. */
class Crash extends Error {}
type Moment = 'before it is sent' | 'before its answer is read';

/** Counts the calls of all clients it watches, and dies at one of them. */
class Fuse {
  private calls = 0;
  constructor(
    private readonly at: number,
    private readonly moment: Moment,
  ) {}

  get wasReached(): boolean {
    return this.calls >= this.at;
  }

  watch<C extends DynamoDBClient | S3Client>(client: C): C {
    const stack = client.middlewareStack as DynamoDBClient['middlewareStack'];
    stack.add(
      (next) => async (call) => {
        const isLast = ++this.calls === this.at;
        if (isLast && this.moment === 'before it is sent') throw new Crash();
        const result = await next(call);
        if (isLast) throw new Crash();
        return result;
      },
      { step: 'initialize', name: 'fuse' },
    );
    return client;
  }
}

const { aws } = platform();
const bucketName = freshModel('crashes');
const artifactName = freshModel('crash-artifacts');
const dynamo = new DynamoDBClient(aws);
const s3 = new S3Client(aws);
let tables: RegistryTables;

beforeAll(async () => {
  tables = await createRegistryTables(dynamo, freshModel('crash'));
  for (const Bucket of [bucketName, artifactName]) await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => deleteRegistryTables(dynamo, tables));

const put = (Key: string, Body: Uint8Array | string) =>
  s3.send(new PutObjectCommand({ Bucket: bucketName, Key, Body }));

/** One run of the use case with clients of its own, as a process would. */
const registerOnce = (key: string, fuse?: Fuse): Promise<RegisterUploadResult> => {
  const clients = { dynamo: new DynamoDBClient(aws), s3: new S3Client(aws) };
  fuse?.watch(clients.dynamo);
  fuse?.watch(clients.s3);
  return registerUpload(bucketName, key, {
    uploads: new S3Uploads(clients.s3, bucketName),
    archives,
    artifacts: new S3Artifacts(clients.s3, artifactName),
    registrations: new DynamoRegistrations(
      new RegistryTable(clients.dynamo, tables.registry, tables.audit),
      'restricted',
    ),
    policies: new RegistryReader(new RegistryTable(clients.dynamo, tables.registry, tables.audit)),
    waiting: new DynamoWaitingUploads(new RegistryTable(clients.dynamo, tables.registry, tables.audit)),
    incompleteAfter: 'PT1H',
    now: () => 1000,
    maxFileBytes: 10_000_000,
    hosting: { deployment: 'test', sagemaker: 'off' },
  });
};

const recordOf = async (model: string) => {
  const table = new RegistryTable(dynamo, tables.registry, tables.audit);
  const [versions, events] = await Promise.all([
    table.page(modelKey(model), SK.versions, modelVersionSchema, { limit: 10 }),
    table.auditPage(model, { limit: 10 }),
  ]);
  return { versions: versions.items.reverse(), events: events.items.reverse() };
};

const artifactsBelow = async (Prefix: string): Promise<string[]> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: artifactName, Prefix }));
  return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).sort();
};

/** A registration that dies at one call, and what the queue's next try makes of it. @returns whether it got that far */
const crashAt = async (call: number, moment: Moment, files: Readonly<Record<string, Uint8Array | string>>) => {
  const model = freshModel('crash');
  for (const [path, body] of Object.entries(files)) await put(`inbox/${model}/upload/${path}`, body);
  const key = `inbox/${model}/upload/contender.yaml`;
  const fuse = new Fuse(call, moment);
  await registerOnce(key, fuse).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
  const { versions, events } = await recordOf(model);
  expect(events).toHaveLength(versions.length);
  // What is on record is whole, or is not there.
  for (const version of versions)
    if (version.status !== 'REJECTED')
      expect(await artifactsBelow(version.artifactPrefix)).toEqual(version.files.map(({ path }) => path).sort());
  const { outcome } = await registerOnce(key);
  const after = await recordOf(model);
  expect(after.versions.map(({ version }) => version)).toEqual([1]);
  expect(after.events.map(({ sequence }) => sequence)).toEqual([1]);
  expect(verifyChain(after.events)).toBeUndefined();
  expect(outcome).toBe(versions.length === 1 ? 'duplicate' : after.versions[0]?.status.toLowerCase());
  return fuse.wasReached;
};

const MOMENTS: readonly Moment[] = ['before it is sent', 'before its answer is read'];

describe.each([
  ['a folder that is accepted', () => exampleFiles(1)],
  ['a folder that is rejected', () => ({ ...exampleFiles(1), 'contender.yaml': 'task: guessing\n' })],
])('the registration of %s', (_what, filesOf) => {
  test.each(MOMENTS)('leaves no half version when it dies at any call %s', async (moment) => {
    const files = filesOf() as Readonly<Record<string, Uint8Array | string>>;
    let call = 1;
    while (await crashAt(call, moment, files)) call++;
    // It lists, reads, stores, and commits.
    expect(call).toBeGreaterThan(5);
  });
});
