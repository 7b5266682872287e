import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LISTS_INDEX } from '../lambdas/registry/adapters/keys';

const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const keys = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: 'HASH' as const },
  { AttributeName: sk, KeyType: 'RANGE' as const },
];

/** Names of two tables apart from every deployment, for a test or a benchmark. */
export interface RegistryTables {
  readonly registry: string;
  readonly audit: string;
}

/** A registry and an audit table with the keys and the index of the deployed ones. */
export const createRegistryTables = async (dynamo: DynamoDBClient, name: string): Promise<RegistryTables> => {
  const tables = { registry: `${name}-registry`, audit: `${name}-audit` };
  const index = { IndexName: LISTS_INDEX, KeySchema: keys('listPk', 'listSk') };
  await dynamo.send(
    new CreateTableCommand({
      TableName: tables.registry,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'listPk', 'listSk'].map(attribute),
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: [{ ...index, Projection: { ProjectionType: 'ALL' } }],
    }),
  );
  await dynamo.send(
    new CreateTableCommand({
      TableName: tables.audit,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map(attribute),
      KeySchema: keys('pk', 'sk'),
    }),
  );
  return tables;
};

export const deleteRegistryTables = async (dynamo: DynamoDBClient, tables: RegistryTables): Promise<void> => {
  for (const TableName of [tables.registry, tables.audit]) await dynamo.send(new DeleteTableCommand({ TableName }));
};
