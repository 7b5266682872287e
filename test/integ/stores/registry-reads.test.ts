import { randomUUID } from 'node:crypto';
import type * as DynamoModule from '@aws-sdk/client-dynamodb';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { REGISTRY_API } from '../../../lambdas/registry/schemas/api';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { answerOf, apiEvent, claimsOf } from '../../kernel/api-event';
import { candidateOf } from '../../registry/candidates';
import { freshModel, platform } from '../platform';

/** One call of DynamoDB, as its answer tells. */
interface Access {
  readonly command: string;
  readonly capacity: number;
  readonly scanned: number;
}
const mockAccesses: Access[] = [];

// The real client; it only asks what each call consumed, and notes the answer.
jest.mock('@aws-sdk/client-dynamodb', () => {
  const actual = jest.requireActual<typeof DynamoModule>('@aws-sdk/client-dynamodb');
  class DynamoDBClient extends actual.DynamoDBClient {
    constructor(...args: ConstructorParameters<typeof actual.DynamoDBClient>) {
      super(...args);
      this.middlewareStack.add(
        (next, context) => async (call) => {
          Object.assign(call.input, { ReturnConsumedCapacity: 'TOTAL' });
          const result = await next(call);
          const output = result.output as { ConsumedCapacity?: { CapacityUnits?: number }; ScannedCount?: number };
          mockAccesses.push({
            command: String(context.commandName),
            capacity: output.ConsumedCapacity?.CapacityUnits ?? Number.NaN,
            scanned: output.ScannedCount ?? 1,
          });
          return result;
        },
        { step: 'initialize', name: 'noteAccess' },
      );
    }
  }
  return { ...actual, DynamoDBClient };
});

const { DynamoDBClient } = jest.requireMock<typeof DynamoModule>('@aws-sdk/client-dynamodb');
const READS = Object.entries(REGISTRY_API).filter(([, { method }]) => method === 'GET');
const PAGE = 5;

describe('every read of the registry', () => {
  const { aws } = platform();
  const dynamo = new DynamoDBClient(aws);
  let tables: RegistryTables;
  let handler: (event: ReturnType<typeof apiEvent>) => Promise<Parameters<typeof answerOf>[0]>;

  const register = async (model: string, versions: number) => {
    const registrations = new DynamoRegistrations(new RegistryTable(dynamo, tables.registry, tables.audit), 'open');
    for (let digest = 1; digest <= versions; digest++)
      await registrations.register(candidateOf({ model, upload: `${model}-${digest}`, digest }));
  };

  beforeAll(async () => {
    tables = await createRegistryTables(dynamo, freshModel('store'));
    Object.assign(process.env, {
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      REGISTRY_TABLE: tables.registry,
      AUDIT_TABLE: tables.audit,
      DEFAULT_POLICY: '{}',
      NEW_MODELS: 'open',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    });
    ({ handler } = await import('../../../lambdas/registry/registry-api.lambda'));
    await register('few', 2);
    await register('many', 60);
    await Promise.all(Array.from({ length: 30 }, (_, i) => register(`model-${i}`, 1)));
  });
  afterAll(async () => {
    await deleteRegistryTables(dynamo, tables);
    dynamo.destroy();
  });

  /** What one request takes of the table. */
  const accessesOf = async (operation: (typeof READS)[number][1], model: string): Promise<Access[]> => {
    mockAccesses.length = 0;
    const event = apiEvent(`GET ${operation.path}`, {
      path: { model, version: '1' },
      query: 'query' in operation ? { limit: String(PAGE) } : {},
      claims: claimsOf(randomUUID(), 'auditor'),
    });
    expect(answerOf(await handler(event))).toMatchObject({ status: 200 });
    return [...mockAccesses];
  };

  test.each(READS)('%s is made of gets and queries that read no more than a page', async (_id, operation) => {
    const accesses = await accessesOf(operation, 'many');
    expect(accesses.length).toBeGreaterThan(0);
    for (const { command, capacity, scanned } of accesses) {
      expect(['GetItemCommand', 'GetCommand', 'QueryCommand', 'BatchGetCommand']).toContain(command);
      expect(capacity).toBeLessThanOrEqual(1);
      expect(scanned).toBeLessThanOrEqual(PAGE);
    }
  });

  test.each(READS)('%s takes of a model with many versions what it takes of one with few', async (_id, operation) => {
    const of = async (model: string) =>
      (await accessesOf(operation, model)).map(({ command, capacity }) => `${command} ${capacity}`).sort();
    expect(await of('many')).toEqual(await of('few'));
  });
});
