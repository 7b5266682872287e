import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { grantSchema } from '../../access/contract';
import { ContenderError, Throttled, UpstreamFailed } from '../../kernel/errors';
import { modelKey, SK } from '../../registry/adapters/keys';
import {
  type AcceptedVersion,
  modelSchema,
  modelVersionSchema,
  type Route,
  routeSchema,
  type VersionRef,
} from '../../registry/contract';
import type { ModelSnapshot, RegistryReader } from '../ports';

/** Records of versions that serve never change in what scoring reads, so they stay. */
const MAX_VERSIONS = 1000;
const THROTTLED = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);

const keyedSchema = z.looseObject({ sk: z.string() });

/** Reads of the registry table, strongly consistent. */
export class DynamoRegistryReader implements RegistryReader {
  private readonly client: DynamoDBDocumentClient;
  private readonly versions = new LRUCache<string, AcceptedVersion>({ max: MAX_VERSIONS });

  constructor(
    dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo);
  }

  async readModel(model: string): Promise<ModelSnapshot | undefined> {
    return explained(`model ${model}`, async () => {
      const [items, item] = await Promise.all([this.metaAndGrants(model), this.get(model, SK.route)]);
      const meta = items.find(({ sk }) => sk === SK.meta);
      if (meta === undefined) return undefined;
      const { model: name, access } = modelSchema.parse(meta);
      const grants = items
        .filter(({ sk }) => sk.startsWith(SK.grants))
        .map((grant) => grantSchema.loose().parse(grant));
      const route = routeSchema.parse(item ?? { mode: 'unserved', model: name, generation: 0, changedAt: 0 });
      return { model: name, access, grants, route, ...(await this.versionsOf(route)) };
    });
  }

  private async versionsOf(route: Route): Promise<Pick<ModelSnapshot, 'champion' | 'challenger'>> {
    if (route.mode === 'unserved') return { champion: undefined, challenger: undefined };
    const [champion, challenger] = await Promise.all([
      this.version(route.model, route.champion),
      // A challenger that cannot be read must not keep the champion from answering.
      'challenger' in route ? this.version(route.model, route.challenger).catch(() => undefined) : undefined,
    ]);
    return { champion, challenger };
  }

  private async version(model: string, ref: VersionRef): Promise<AcceptedVersion> {
    const known = this.versions.get(`${model}#${ref.version}`);
    if (known?.rootDigest === ref.rootDigest) return known;
    const version = modelVersionSchema.optional().parse(await this.get(model, SK.version(ref.version)));
    if (version === undefined || version.status === 'REJECTED' || version.rootDigest !== ref.rootDigest) {
      throw new UpstreamFailed(
        `the route of ${model} names version ${ref.version}, of which there is no accepted record`,
      );
    }
    this.versions.set(`${model}#${ref.version}`, version);
    return version;
  }

  /** `GRANT#…` and `META` are neighbours in the partition: one query reads both. */
  private async metaAndGrants(model: string): Promise<z.output<typeof keyedSchema>[]> {
    const items: z.output<typeof keyedSchema>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :grants AND :meta',
          ExpressionAttributeValues: { ':pk': modelKey(model), ':grants': SK.grants, ':meta': SK.meta },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      items.push(...(page.Items ?? []).map((item) => keyedSchema.parse(item)));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  private async get(model: string, sk: string): Promise<Record<string, unknown> | undefined> {
    const key = { pk: modelKey(model), sk };
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: key, ConsistentRead: true }),
    );
    return Item;
  }
}

const explained = async <T>(what: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof ContenderError) throw cause;
    const { name } = cause as Error;
    if (THROTTLED.has(name)) throw new Throttled(`the registry is too busy to read ${what}; try again`, { cause });
    throw new UpstreamFailed(`the registry cannot be read for ${what}: ${name}`, { cause });
  }
};
