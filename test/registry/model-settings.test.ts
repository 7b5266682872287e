import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ModelSettings } from '../../lambdas/registry/adapters/model-settings';
import { RegistryTable } from '../../lambdas/registry/adapters/registry-table';
import { FakeAws } from '../scoring/fake-aws';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

const META = {
  model: { S: 'credit' },
  createdAt: { N: '0' },
  latestVersion: { N: '1' },
  access: { S: 'restricted' },
  policyNumber: { N: '0' },
  generation: { N: '3' },
};

test('a restricted model is opened in one transaction with the event that says by whom', async () => {
  aws.answer = ({ operation }) => ({
    body: JSON.stringify(operation === 'GetItem' ? { Item: META } : operation === 'Query' ? { Items: [] } : {}),
  });
  const settings = new ModelSettings(
    new RegistryTable(new DynamoDBClient(aws.config), 'registry', 'audit'),
    'restricted',
  );
  const olga = { kind: 'person', id: 'olga', name: 'Olga' } as const;
  const ada = { principal: 'user:ada', roles: ['data-scientist' as const] };
  await settings.putAccess('credit', { mode: 'open', grants: [] }, [ada], olga, 1);
  const { TransactItems } = JSON.parse(aws.requests.at(-1)?.body ?? '{}');
  expect(TransactItems).toMatchObject([
    { Put: { TableName: 'registry', Item: { access: { S: 'open' }, generation: { N: '4' } } } },
    { Delete: { TableName: 'registry', Key: { sk: { S: 'GRANT#user:ada' } } } },
    {
      Put: {
        TableName: 'audit',
        Item: {
          type: { S: 'Access Changed' },
          actor: { M: { id: { S: 'olga' } } },
          detail: { M: { mode: { S: 'open' }, grants: { L: [] } } },
        },
      },
    },
  ]);
});
