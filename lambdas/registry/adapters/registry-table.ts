import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import * as z from 'zod';
import type { Page, PageQuery } from '../../kernel/contract';
import { Conflict, InvalidInput, UpstreamFailed } from '../../kernel/errors';
import { chainEvent } from '../domain/audit-chain';
import type { AuditQuery } from '../schemas/api';
import { type AuditEvent, auditEventSchema } from '../schemas/audit';
import type { AuditEntry } from '../schemas/audit-entry';
import { LIST, LISTS_INDEX, type List, modelKey, SK } from './keys';

export type TransactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One change of the registry: its writes and the audit event that tells of it stand or fall together. */
export interface Change {
  readonly audit: AuditEntry;
  readonly writes: readonly TransactWrite[];
}

/** How often a commit is tried when another change of the same model took the next place in its audit chain. */
const CHAIN_ATTEMPTS = 12;
/** Lists that go A to Z, or by what is due first. */
const ASCENDING: ReadonlySet<List> = new Set<List>([LIST.models, LIST.datasets, LIST.waitingUploads]);
/** Items of a page where all pages are read. */
const PAGE_OF_ALL = 200;

interface Key {
  readonly pk: string;
  readonly sk: string;
}

const encodeCursor = (key: Record<string, unknown>): string => Buffer.from(JSON.stringify(key)).toString('base64url');

const FOREIGN_CURSOR = 'the cursor is not one that this list gave out; start without a cursor';

const decodeCursor = (cursor: string): Record<string, string> => {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new InvalidInput(FOREIGN_CURSOR, { cause });
  }
};

/** What somebody made of an event is handed on as it is: its hash tells, and verification names it. */
const recordedSchema = auditEventSchema.catch(({ value }) => {
  const { pk: _, sk: __, ...item } = value as Record<string, unknown>;
  return item as AuditEvent;
});

/** Typed reads and audited writes on the registry. All reads are gets and queries, strongly consistent except on the index. */
export class RegistryTable {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    dynamo: DynamoDBClient,
    readonly tableName: string,
    private readonly auditTableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  }

  /** The item, parsed by its schema; undefined when there is none. */
  async get<S extends z.ZodType>(key: Key, schema: S): Promise<z.output<S> | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: key, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : schema.parse(Item);
  }

  /** All items of a partition whose sort key begins with `prefix`, in order. For small sets only (grants, reviews). */
  async all<S extends z.ZodType>(pk: string, prefix: string, schema: S): Promise<z.output<S>[]> {
    const pages = paginateQuery(
      { client: this.client },
      { TableName: this.tableName, ConsistentRead: true, ...prefixCondition(pk, prefix) },
    );
    const items: z.output<S>[] = [];
    for await (const page of pages) items.push(...(page.Items ?? []).map((item) => schema.parse(item)));
    return items;
  }

  /** All items of a partition between two sort keys, both included, in order. For stretches that something else bounds. */
  async between<S extends z.ZodType>(pk: string, from: string, to: string, schema: S): Promise<z.output<S>[]> {
    const condition = {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
    };
    const pages = paginateQuery(
      { client: this.client },
      { TableName: this.tableName, ConsistentRead: true, ...condition },
    );
    const items: z.output<S>[] = [];
    for await (const page of pages) items.push(...(page.Items ?? []).map((item) => schema.parse(item)));
    return items;
  }

  /** One page of a partition, newest first. */
  async page<S extends z.ZodType>(pk: string, prefix: string, schema: S, query: PageQuery): Promise<Page<z.output<S>>> {
    return this.queryPage(
      { TableName: this.tableName, ConsistentRead: true, ...prefixCondition(pk, prefix) },
      schema,
      query,
    );
  }

  /** The items behind `after`, oldest first; the first ones without it. */
  async following<S extends z.ZodType>(
    pk: string,
    prefix: string,
    schema: S,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<z.output<S>[]> {
    const input = { TableName: this.tableName, ConsistentRead: true, ScanIndexForward: true };
    const query = { limit, ...(after === undefined ? {} : { cursor: encodeCursor({ pk, sk: after }) }) };
    return (await this.queryPage({ ...input, ...prefixCondition(pk, prefix) }, schema, query)).items;
  }

  /**
   * One page of a list of the sparse index: names A to Z, what is due by its time, ids newest first; the other way round, or
   * only what begins with a prefix, if asked. The index is eventually consistent.
   */
  async list<S extends z.ZodType>(
    listPk: List,
    schema: S,
    query: PageQuery,
    { reversed = false, prefix = '' }: { readonly reversed?: boolean; readonly prefix?: string } = {},
  ): Promise<Page<z.output<S>>> {
    const condition = {
      KeyConditionExpression: `listPk = :list${prefix === '' ? '' : ' AND begins_with(listSk, :prefix)'}`,
      ExpressionAttributeValues: { ':list': listPk, ...(prefix === '' ? {} : { ':prefix': prefix }) },
    };
    const forward = ASCENDING.has(listPk) !== reversed;
    const input = { TableName: this.tableName, IndexName: LISTS_INDEX, ScanIndexForward: forward };
    return this.queryPage({ ...input, ...condition }, schema, query);
  }

  /** The cursor of a page whose last item had this key. */
  cursorAt(key: Readonly<Record<string, string>>): string {
    return encodeCursor(key);
  }

  /** All of a list, page by page. */
  async *each<S extends z.ZodType>(listPk: List, schema: S): AsyncGenerator<z.output<S>> {
    let cursor: string | undefined;
    do {
      const page = await this.list(listPk, schema, { limit: PAGE_OF_ALL, ...(cursor ? { cursor } : {}) });
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** One page of a model's audit events: newest first, or oldest first behind a sequence, tampered ones as they are. */
  async auditPage(model: string, { after, ...query }: AuditQuery): Promise<Page<AuditEvent>> {
    const pk = modelKey(model);
    const input = { TableName: this.auditTableName, ConsistentRead: true, ...prefixCondition(pk, SK.events) };
    if (after === undefined) return this.queryPage(input, auditEventSchema, query);
    const cursor = query.cursor ?? encodeCursor({ pk, sk: SK.event(after) });
    return this.queryPage({ ...input, ScanIndexForward: true }, recordedSchema, { ...query, cursor });
  }

  /**
   * Writes a change and its audit event in one transaction. Another change of the same model that takes the next place
   * in the chain first only makes this one try again; a failed condition of the caller's own writes is final.
   * @throws Conflict when one of the caller's conditions failed, with the index of the write in its message.
   */
  async commit(change: Change): Promise<AuditEvent> {
    for (let attempt = 1; attempt <= CHAIN_ATTEMPTS; attempt++) {
      const event = chainEvent(change.audit, ulid(change.audit.at), await this.lastEvent(change.audit.model));
      try {
        await this.client.send(new TransactWriteCommand({ TransactItems: [...change.writes, this.eventPut(event)] }));
        return event;
      } catch (error) {
        const failed = failedConditions(error);
        if (failed === undefined) throw error;
        const own = failed.filter((index) => index < change.writes.length);
        if (own.length > 0)
          throw new Conflict(
            `${change.audit.type} of ${change.audit.model}: the row changed meanwhile (write ${own.join(', ')})`,
            { cause: error },
          );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
    throw new UpstreamFailed(`the audit chain of ${change.audit.model} is written to by too many at once; try again`);
  }

  /** Writes that are no change of any model's record, such as upload slots. @throws Conflict when a condition failed */
  async write(writes: readonly TransactWrite[]): Promise<void> {
    try {
      await this.client.send(new TransactWriteCommand({ TransactItems: [...writes] }));
    } catch (error) {
      if (failedConditions(error)?.length) throw new Conflict('the row changed meanwhile', { cause: error });
      throw error;
    }
  }

  private eventPut(event: AuditEvent): TransactWrite {
    const key = { pk: modelKey(event.model), sk: SK.event(event.sequence) };
    return {
      Put: {
        TableName: this.auditTableName,
        Item: { ...key, ...event },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }

  private async lastEvent(model: string): Promise<AuditEvent | undefined> {
    const page = await this.auditPage(model, { limit: 1 });
    return page.items[0];
  }

  private async queryPage<S extends z.ZodType>(
    input: ConstructorParameters<typeof QueryCommand>[0],
    schema: S,
    query: PageQuery,
  ): Promise<Page<z.output<S>>> {
    const start = query.cursor === undefined ? {} : { ExclusiveStartKey: decodeCursor(query.cursor) };
    const result = await this.client
      .send(new QueryCommand({ ScanIndexForward: false, ...input, Limit: query.limit, ...start }))
      .catch((cause: Error) => {
        if (query.cursor === undefined || cause.name !== 'ValidationException') throw cause;
        throw new InvalidInput(FOREIGN_CURSOR, { cause });
      });
    const items = (result.Items ?? []).map((item) => schema.parse(item));
    return result.LastEvaluatedKey ? { items, cursor: encodeCursor(result.LastEvaluatedKey) } : { items };
  }
}

const prefixCondition = (pk: string, prefix: string) => ({
  KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
  ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
});

/**
 * Indexes of the writes whose condition failed; empty when the transaction met another on the same items (then it may be
 * tried again); undefined when the failure was of another kind.
 */
const failedConditions = (error: unknown): number[] | undefined => {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
  const retryable = ['None', 'ConditionalCheckFailed', 'TransactionConflict'];
  if (codes.some((code) => code !== undefined && !retryable.includes(code))) return undefined;
  return codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
};
