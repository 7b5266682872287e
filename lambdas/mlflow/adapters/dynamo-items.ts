import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Throttled } from '../../kernel/errors';
import type { Condition, Item, Items, Key, Range, Refused, Write } from '../ports';

/** Items that DynamoDB takes in one batch. */
const GOT_AT_ONCE = 100;
const PUT_AT_ONCE = 25;
/** Batches that are under way at the same time. */
const PARALLEL = 8;
/** How often what was not taken is tried again: another writer was there, or the table is at its limit. */
const ATTEMPTS = 8;

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

const inTurns = async <T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> => {
  const done: R[] = [];
  for (const turn of chunksOf(all, PARALLEL)) done.push(...(await Promise.all(turn.map(run))));
  return done;
};

const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * 2 ** attempt));

const BUSY = 'the registry has more to do than it may right now; try again';

const keyOf = ({ pk, sk }: Key): string => `${pk}\0${sk}`;

type Transacted = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Put = NonNullable<Transacted['Put']>;
type Delete = NonNullable<Transacted['Delete']>;

const conditionOf = (item: Item, when: Condition | undefined): Partial<Put> => {
  switch (when?.kind) {
    case undefined:
      return {};
    case 'absent':
      return { ConditionExpression: 'attribute_not_exists(pk)' };
    case 'same':
    case 'below':
      return {
        ConditionExpression: `attribute_not_exists(#a) OR #a ${when.kind === 'same' ? '=' : '<'} :a`,
        ExpressionAttributeNames: { '#a': when.attribute },
        ExpressionAttributeValues: { ':a': item[when.attribute] },
      };
    case 'generation':
      return {
        ConditionExpression: `${when.is === 0 ? 'attribute_not_exists(generation) OR ' : ''}generation = :is`,
        ExpressionAttributeValues: { ':is': when.is },
      };
  }
};

/** @see Items */
export class DynamoItems implements Items {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  }

  async get({ pk, sk }: Key): Promise<Item | undefined> {
    const found = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: { pk, sk }, ConsistentRead: true }),
    );
    return found.Item as Item | undefined;
  }

  async many(keys: readonly Key[]): Promise<Item[]> {
    const distinct = [...new Map(keys.map(({ pk, sk }) => [keyOf({ pk, sk }), { pk, sk }])).values()];
    return (await inTurns(chunksOf(distinct, GOT_AT_ONCE), (chunk) => this.batchGet(chunk))).flat();
  }

  all(pk: string, prefix = ''): Promise<Item[]> {
    return this.query(
      prefix === ''
        ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }
        : {
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
          },
    );
  }

  between(pk: string, { from, to, backwards, limit }: Range): Promise<Item[]> {
    if (from > to) return Promise.resolve([]);
    return this.query(
      {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
        ScanIndexForward: !backwards,
      },
      limit,
    );
  }

  async putAll(items: readonly Item[]): Promise<void> {
    const distinct = [...new Map(items.map((item) => [keyOf(item), item])).values()];
    await inTurns(chunksOf(distinct, PUT_AT_ONCE), (chunk) => this.batchPut(chunk));
  }

  async write(writes: readonly Write[]): Promise<readonly Refused[]> {
    const [only] = writes;
    if (only === undefined) return [];
    if (writes.length === 1) return this.writeOne(only);
    const TransactItems = writes.map((write) => this.transactItem(write));
    for (let attempt = 1; ; attempt++) {
      try {
        await this.client.send(new TransactWriteCommand({ TransactItems }));
        return [];
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const refused = this.refusedOf(writes, error);
        if (refused.length > 0) return refused;
        if (attempt === ATTEMPTS) throw new Throttled(BUSY, { cause: error });
        await pause(attempt);
      }
    }
  }

  async change({ pk, sk }: Key, attributes: Readonly<Record<string, unknown>>): Promise<boolean> {
    const entries = Object.entries(attributes);
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.tableName,
          Key: { pk, sk },
          UpdateExpression: `SET ${entries.map((_, i) => `#a${i} = :a${i}`).join(', ')}`,
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: Object.fromEntries(entries.map(([name], i) => [`#a${i}`, name])),
          ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], i) => [`:a${i}`, value])),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private transactItem(write: Write): { readonly Put?: Put; readonly Delete?: Delete } {
    const TableName = this.tableName;
    if (write.kind === 'delete') return { Delete: { TableName, Key: { pk: write.key.pk, sk: write.key.sk } } };
    const { item, when } = write;
    const Item = { schemaVersion: 1, ...item };
    const told = when === undefined ? {} : { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
    return { Put: { TableName, Item, ...conditionOf(item, when), ...told } };
  }

  private async writeOne(write: Write): Promise<readonly Refused[]> {
    const { Put, Delete } = this.transactItem(write);
    try {
      if (Put) await this.client.send(new PutCommand(Put));
      if (Delete) await this.client.send(new DeleteCommand(Delete));
      return [];
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return [{ write, found: error.Item && (unmarshall(error.Item) as Item) }];
    }
  }

  private refusedOf(writes: readonly Write[], { CancellationReasons = [] }: TransactionCanceledException): Refused[] {
    return writes.flatMap((write, i) => {
      const { Code, Item: found } = CancellationReasons[i] ?? {};
      if (Code !== 'ConditionalCheckFailed') return [];
      return [{ write, found: found === undefined ? undefined : (unmarshall(found) as Item) }];
    });
  }

  private async query(
    condition: Record<string, unknown> & { KeyConditionExpression: string },
    limit = Number.POSITIVE_INFINITY,
  ): Promise<Item[]> {
    const input = { TableName: this.tableName, ConsistentRead: true, ...condition };
    const items: Item[] = [];
    for await (const page of paginateQuery(
      { client: this.client, ...(Number.isFinite(limit) ? { pageSize: limit } : {}) },
      input,
    )) {
      items.push(...((page.Items ?? []) as Item[]));
      if (items.length >= limit) return items.slice(0, limit);
    }
    return items;
  }

  private async batchGet(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    let left: readonly Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Throttled(BUSY);
      if (attempt > 1) await pause(attempt);
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetCommand({ RequestItems: { [this.tableName]: { Keys: [...left], ConsistentRead: true } } }),
      );
      const found = (Responses?.[this.tableName] ?? []) as Item[];
      items.push(...found);
      // An answer of 16 MB is full: what is left comes with the next one, which is no failure.
      if (found.length > 0) attempt = 1;
      left = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
    }
    return items;
  }

  private async batchPut(items: readonly Item[]): Promise<void> {
    let left: readonly object[] = items.map((item) => ({ PutRequest: { Item: { schemaVersion: 1, ...item } } }));
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Throttled(BUSY);
      if (attempt > 1) await pause(attempt);
      const { UnprocessedItems } = await this.client.send(
        new BatchWriteCommand({ RequestItems: { [this.tableName]: [...left] } }),
      );
      left = UnprocessedItems?.[this.tableName] ?? [];
    }
  }
}
