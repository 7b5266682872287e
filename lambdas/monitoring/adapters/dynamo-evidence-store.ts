import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { Conflict, Throttled } from '../../kernel/errors';
import { modelKey } from '../../registry/adapters/keys';
import type { TransactWrite } from '../../registry/adapters/registry-table';
import { putEntity } from '../../registry/adapters/registry-writes';
import {
  armItemSchema,
  EVIDENCE_SK,
  type OutcomeBatch,
  type OutcomeItem,
  type OutcomeMessage,
  outcomeItemSchema,
  pairsItemSchema,
  type VersionEvidence,
  versionEvidenceSchema,
} from '../contract';
import { type EvidenceOnRecord, emptyEvidence, type Weighed } from '../domain/weigh-outcomes';
import type { EvidenceStore } from '../ports';

/** Outcomes are kept somewhat longer than prediction ids can come back, so that a late one is still recognised. */
const KEPT_SECONDS = 430 * 86_400;
const MAX_KEYS_PER_GET = 100;

type Key = { pk: string; sk: string };
const outcomeKey = (key: string): Key => ({ pk: `OUTCOME#${key}`, sk: 'OUTCOME' });

export class DynamoEvidenceStore implements EvidenceStore {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  }

  async read(
    batch: OutcomeBatch,
    sks: { readonly pairs: readonly string[]; readonly arms: readonly string[] },
  ): Promise<EvidenceOnRecord> {
    const [version, pairs, arms, outcomes] = await Promise.all([
      this.readVersion(batch.model, batch.version),
      this.readItems(batch.model, sks.pairs, pairsItemSchema),
      this.readItems(batch.model, sks.arms, armItemSchema),
      this.readOutcomes(batch.outcomes),
    ]);
    return { version: version ?? emptyEvidence(batch.model, batch.version), pairs, arms, outcomes };
  }

  readVersion(model: string, version: number): Promise<VersionEvidence | undefined> {
    return this.get({ pk: modelKey(model), sk: EVIDENCE_SK.version(version) }, versionEvidenceSchema);
  }

  async save(batch: OutcomeBatch, { version, pairs, arms, fresh, corrections }: Weighed): Promise<void> {
    const pk = modelKey(batch.model);
    const evidence = [...pairs, ...arms].map(([sk, item]) => this.put({ pk, sk }, item));
    const outcomes = [
      ...fresh.map((outcome) => this.putOutcome(batch, outcome, { ConditionExpression: 'attribute_not_exists(pk)' })),
      ...corrections.map(({ outcome, before }) => this.putOutcome(batch, outcome, unchanged(before))),
    ];
    await this.transact([this.put({ pk, sk: EVIDENCE_SK.version(batch.version) }, version), ...evidence, ...outcomes]);
  }

  /** Evidence that the clock moved on. @throws Conflict */
  saveVersion(evidence: VersionEvidence): Promise<void> {
    return this.transact([
      this.put({ pk: modelKey(evidence.model), sk: EVIDENCE_SK.version(evidence.version) }, evidence),
    ]);
  }

  private async get<S extends z.ZodType>(key: Key, schema: S): Promise<z.output<S> | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: key, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : schema.parse(Item);
  }

  private async readItems<S extends z.ZodType>(
    model: string,
    sks: readonly string[],
    schema: S,
  ): Promise<Map<string, z.output<S>>> {
    const items = await Promise.all(
      sks.map(async (sk) => [sk, await this.get({ pk: modelKey(model), sk }, schema)] as const),
    );
    return new Map(items.flatMap(([sk, item]) => (item === undefined ? [] : [[sk, item] as const])));
  }

  private async readOutcomes(outcomes: readonly OutcomeMessage[]): Promise<Map<string, OutcomeItem>> {
    const keys = [...new Set(outcomes.map(({ key }) => key))].slice(0, MAX_KEYS_PER_GET).map(outcomeKey);
    const request = { [this.tableName]: { Keys: keys, ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await this.client.send(new BatchGetCommand({ RequestItems: request }));
    if (UnprocessedKeys?.[this.tableName])
      throw new Throttled('DynamoDB left outcomes unread; the queue will try again');
    const items = Responses?.[this.tableName] ?? [];
    return new Map(items.map((item) => [String(item.pk).slice('OUTCOME#'.length), outcomeItemSchema.parse(item)]));
  }

  private put(key: Key, item: { readonly generation: number }): TransactWrite {
    return putEntity(this.tableName, { ...item, ...key, entity: 'Evidence', schemaVersion: 1 }, item.generation);
  }

  private putOutcome(
    batch: OutcomeBatch,
    { key, truth, observedAt, revision, value }: OutcomeMessage,
    condition: object,
  ): TransactWrite {
    const expiresAt = Math.ceil(Date.now() / 1000) + KEPT_SECONDS;
    const item = {
      ...outcomeKey(key),
      entity: 'Outcome',
      schemaVersion: 1,
      model: batch.model,
      version: batch.version,
      truth,
      observedAt,
      revision,
      value,
      expiresAt,
    };
    return { Put: { TableName: this.tableName, Item: item, ...condition } };
  }

  private async transact(writes: TransactWrite[]): Promise<void> {
    try {
      await this.client.send(new TransactWriteCommand({ TransactItems: writes }));
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      throw new Conflict('the evidence changed meanwhile', { cause: error });
    }
  }
}

/** The outcome on record is still the one that was read. */
const unchanged = (before: OutcomeItem) => ({
  ConditionExpression: 'observedAt = :at AND revision = :revision',
  ExpressionAttributeValues: { ':at': before.observedAt, ':revision': before.revision },
});
