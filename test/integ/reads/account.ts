import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { freshModel, platform } from '../platform';

export const DEPLOYMENT = 'reads';

/** Tables, buckets and a key ring of its own, and the environment of handlers that work on them. */
export class ReadsAccount {
  readonly dynamo = new DynamoDBClient(platform().aws);
  readonly s3 = new S3Client(platform().aws);
  readonly secrets = new SecretsManagerClient(platform().aws);
  private readonly documents = DynamoDBDocumentClient.from(this.dynamo);

  private constructor(
    readonly name: string,
    readonly tables: RegistryTables,
    private readonly evidence: RegistryTables,
  ) {}

  static async open(): Promise<ReadsAccount> {
    const name = freshModel('reads');
    const dynamo = new DynamoDBClient(platform().aws);
    const [tables, evidence] = await Promise.all([
      createRegistryTables(dynamo, name),
      createRegistryTables(dynamo, `${name}-evidence`),
    ]);
    const account = new ReadsAccount(name, tables, evidence);
    for (const Bucket of Object.values(account.buckets)) await account.s3.send(new CreateBucketCommand({ Bucket }));
    const SecretString = JSON.stringify({ current: 'k1', k1: 'a'.repeat(64) });
    await account.secrets.send(new CreateSecretCommand({ Name: name, SecretString }));
    return account;
  }

  async close(): Promise<void> {
    for (const tables of [this.tables, this.evidence]) await deleteRegistryTables(this.dynamo, tables);
  }

  get buckets() {
    return {
      uploads: `${this.name}-uploads`,
      artifacts: `${this.name}-artifacts`,
      vault: `${this.name}-vault`,
    };
  }

  get table(): RegistryTable {
    return new RegistryTable(this.dynamo, this.tables.registry, this.tables.audit);
  }

  /** Puts an item as it is: what counts is that it lies in the table. */
  async put(item: Readonly<Record<string, unknown>>): Promise<void> {
    await this.documents.send(new PutCommand({ TableName: this.tables.registry, Item: item }));
  }

  async upload(prefix: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    for (const [path, Body] of Object.entries(files))
      await this.s3.send(new PutObjectCommand({ Bucket: this.buckets.uploads, Key: prefix + path, Body }));
  }

  get environment(): Readonly<Record<string, string>> {
    const { region, endpoint, credentials } = platform().aws;
    return {
      AWS_REGION: region,
      // By its number: of a bucket as part of a name Node asks the DNS.
      AWS_ENDPOINT_URL: endpoint.replace('localhost', '127.0.0.1'),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      DEPLOYMENT,
      REGISTRY_TABLE: this.tables.registry,
      AUDIT_TABLE: this.tables.audit,
      EVIDENCE_TABLE: this.evidence.registry,
      UPLOAD_BUCKET: this.buckets.uploads,
      ARTIFACT_BUCKET: this.buckets.artifacts,
      AUDIT_VAULT: this.buckets.vault,
      PREDICTION_KEYS_SECRET: this.name,
      DEFAULT_POLICY: '{}',
      NEW_MODELS: 'open',
      MAX_FILE_BYTES: '10000000',
      OUTCOME_QUEUE_URL: 'http://unused.test',
      ROLLBACK_ALARMS: '',
      ROLLOUT_MACHINE: 'unused',
      HOST_FUNCTION: '',
      REGISTER_FUNCTION: 'unused',
      CLIENT_ROLE: 'arn:aws:iam::000000000000:role/unused',
      MEMORY_MB: '1024',
      SHADOW_DEADLINE_MS: '1000',
      CANARY_DEADLINE_MS: '1000',
    };
  }
}
