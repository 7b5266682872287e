import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { digestKey, modelKey } from '../../../lambdas/registry/adapters/keys';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import {
  type ArtifactFile,
  type AuditEvent,
  auditEventSchema,
  type ModelVersion,
  modelSchema,
  modelVersionSchema,
} from '../../../lambdas/registry/contract';
import { verifyChain } from '../../../lambdas/registry/domain/audit-chain';
import { describeFile } from '../../../lambdas/upload/domain/root-digest';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import type { Fuse } from '../../faults/fuse';
import { freshModel, platform } from '../platform';

const dynamo = new DynamoDBClient(platform().aws);
const documents = DynamoDBDocumentClient.from(dynamo);
const s3 = new S3Client(platform().aws);

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** Whether a command of AWS changes something. */
export const isWrite = (command: string): boolean => !/^(Get|BatchGet|Query|Head|List)/.test(command);

/** Clients of a process of its own, whose every command passes the fuse. */
export interface Process {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly table: RegistryTable;
}

/** Two tables and two buckets that nobody else uses. */
export class RegistryAccount {
  private constructor(
    private readonly tables: RegistryTables,
    readonly uploads: string,
    readonly artifacts: string,
  ) {}

  static async open(): Promise<RegistryAccount> {
    const name = freshModel('crash');
    const buckets = [`${name}-uploads`, `${name}-artifacts`] as const;
    for (const Bucket of buckets) await s3.send(new CreateBucketCommand({ Bucket }));
    return new RegistryAccount(await createRegistryTables(dynamo, name), ...buckets);
  }

  async close(): Promise<void> {
    await deleteRegistryTables(dynamo, this.tables);
    for (const Bucket of [this.uploads, this.artifacts]) {
      for (const Key of await this.keysOf(Bucket)) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      await s3.send(new DeleteBucketCommand({ Bucket }));
    }
  }

  process(fuse?: Fuse): Process {
    const clients = { dynamo: new DynamoDBClient(platform().aws), s3: new S3Client(platform().aws) };
    fuse?.client(clients.dynamo);
    fuse?.client(clients.s3);
    return { ...clients, table: new RegistryTable(clients.dynamo, this.tables.registry, this.tables.audit) };
  }

  /** For a handler that works here. */
  get environment() {
    const { registry, audit } = this.tables;
    return {
      REGISTRY_TABLE: registry,
      AUDIT_TABLE: audit,
      UPLOAD_BUCKET: this.uploads,
      ARTIFACT_BUCKET: this.artifacts,
    };
  }

  async upload(files: Readonly<Record<string, Uint8Array | string>>, prefix: string): Promise<void> {
    for (const [path, Body] of Object.entries(files))
      await s3.send(new PutObjectCommand({ Bucket: this.uploads, Key: prefix + path, Body }));
  }

  async keysOf(bucket: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** Every item; only a test may ask for that. */
  items(): Promise<Item[]> {
    return this.scan(this.tables.registry);
  }

  async versions(): Promise<ModelVersion[]> {
    return versionsIn(await this.items());
  }

  /** Puts a file where a version has it. @returns how the version names it */
  async keep(artifactPrefix: string, path: string): Promise<ArtifactFile> {
    const Body = Buffer.from(path);
    await s3.send(new PutObjectCommand({ Bucket: this.artifacts, Key: artifactPrefix + path, Body }));
    return describeFile(path, Body);
  }

  async events(model: string): Promise<AuditEvent[]> {
    const items = await this.scan(this.tables.audit);
    const events = items.filter(({ pk }) => pk === modelKey(model)).map((item) => auditEventSchema.parse(item));
    return events.sort((a, b) => a.sequence - b.sequence);
  }

  /**
   * Fails unless everything on record is whole: what was begun by a process that died is there, or is not there at all.
   * @param only the one model to look at @default all of them
   */
  async check(only?: string): Promise<void> {
    const isAsked = ({ pk, model }: Item) => only === undefined || pk === modelKey(only) || model === only;
    const items = (await this.items()).filter(isAsked);
    const versions = versionsIn(items);
    const models = items.filter(({ pk, sk }) => pk.startsWith('MODEL#') && sk === 'META');
    for (const { model, latestVersion } of models.map((item) => modelSchema.parse(item))) {
      const own = versions.filter((version) => version.model === model);
      expect(own.map(({ version }) => version)).toEqual(Array.from({ length: latestVersion }, (_, i) => i + 1));
      checkEvents(await this.events(model), own);
    }
    checkPointers(items, versions);
    for (const version of versions) await this.checkFiles(version);
  }

  /** What a version names lies there, as it names it. */
  private async checkFiles(version: ModelVersion): Promise<void> {
    const { files, artifactPrefix } = version.status === 'REJECTED' ? { files: [], artifactPrefix: '' } : version;
    const named = files.map(({ path, sha256 }) => ({ key: artifactPrefix + path, sha256 }));
    const report = 'evaluation' in version ? version.evaluation?.report : undefined;
    for (const { key, sha256 } of report ? [...named, report] : named) {
      const bytes = await this.read(key);
      expect({ key, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ key, sha256 });
      if (key !== report?.key) continue;
      const { background } = JSON.parse(bytes.toString('utf8')) as { background?: { key: string; sha256: string } };
      if (background === undefined) continue;
      const sample = await this.read(background.key);
      expect(createHash('sha256').update(sample).digest('hex')).toBe(background.sha256);
    }
  }

  private async read(key: string): Promise<Buffer> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: this.artifacts, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  private async scan(TableName: string): Promise<Item[]> {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items as Item[];
  }
}

const versionsIn = (items: readonly Item[]): ModelVersion[] => {
  const found = items.filter(({ sk, pk }) => pk.startsWith('MODEL#') && sk.startsWith('VERSION#'));
  return found.map((item) => modelVersionSchema.parse(item));
};

/** One event of its birth for each version, and one for what it became by evaluation; in a chain that is whole. */
const checkEvents = (events: readonly AuditEvent[], versions: readonly ModelVersion[]): void => {
  expect(verifyChain(events)).toBeUndefined();
  const told = (number: number, ...types: readonly string[]) =>
    events.filter(({ version, type }) => version === number && types.includes(type)).length;
  for (const version of versions) {
    const { version: number, status } = version;
    const isEvaluated = ('evaluation' in version && version.evaluation !== undefined) || version.generation > 0;
    expect(told(number, 'Version Registered', 'Version Rejected', 'Version Evaluated')).toBe(
      status === 'REGISTERED' || !isEvaluated ? 1 : 2,
    );
    expect(told(number, 'Dataset Withdrawn')).toBe(told(number, 'Dataset Withdrawn') === 0 ? 0 : version.flags?.length);
  }
};

const pointerSchema = z.object({ model: z.string(), version: z.number() });

/** Whatever leads to a version leads to one, and what is unique to a version leads to it. */
const checkPointers = (items: readonly Item[], versions: readonly ModelVersion[]): void => {
  const known = new Set(versions.map(({ model, version }) => `${model}/${version}`));
  const digests = items.filter(({ pk }) => pk.startsWith('DIGEST#'));
  for (const item of items.filter(({ pk }) => /^(DIGEST|UPLOAD|DATASET|CODE|PARENT)#/.test(pk))) {
    if (item.sk === 'META') continue;
    const { model, version } = pointerSchema.parse(item);
    expect(known).toContain(`${model}/${version}`);
  }
  const accepted = versions.filter((version) => version.status !== 'REJECTED' || version.generation > 0);
  const keys = accepted.map(({ model, rootDigest = '' }) => digestKey(model, rootDigest).pk);
  expect(digests.map(({ pk }) => pk).sort()).toEqual(keys.sort());
  const noted = items.filter(({ sk }) => /^NOTES#\d/.test(sk) || sk.startsWith('ALIAS#'));
  for (const { pk, sk, version } of noted) {
    const number = version ?? Number(sk.slice('NOTES#'.length));
    expect(versions.some((one) => modelKey(one.model) === pk && one.version === number)).toBe(true);
  }
};
