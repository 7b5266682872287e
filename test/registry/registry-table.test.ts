import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { LIST, type List } from '../../lambdas/registry/adapters/keys';
import { RegistryTable } from '../../lambdas/registry/adapters/registry-table';
import { FakeAws } from '../scoring/fake-aws';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

/** Pages over the list index as DynamoDB gives them: in order of the sort key, from the key after the one it stopped at. */
const indexOf = (sortKeys: readonly string[]) => {
  aws.answer = ({ body }) => {
    const { ScanIndexForward = true, Limit, ExclusiveStartKey } = JSON.parse(body);
    const ordered = [...sortKeys].sort();
    if (!ScanIndexForward) ordered.reverse();
    const from = ExclusiveStartKey ? ordered.indexOf(ExclusiveStartKey.listSk.S) + 1 : 0;
    const page = ordered.slice(from, from + Limit);
    const last = from + Limit < ordered.length ? { LastEvaluatedKey: { listSk: { S: page.at(-1) } } } : {};
    return { body: JSON.stringify({ Items: page.map((listSk) => ({ listSk: { S: listSk } })), ...last }) };
  };
  return new RegistryTable(new DynamoDBClient(aws.config), 'registry', 'audit');
};

const pagesOf = async (table: RegistryTable, list: List): Promise<string[][]> => {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const page = await table.list(list, z.object({ listSk: z.string() }), query);
    pages.push(page.items.map(({ listSk }) => listSk));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
};

test('models are listed A to Z, page after page', async () => {
  const table = indexOf(['wage', 'credit', 'fraud', 'churn', 'zone']);
  expect(await pagesOf(table, LIST.models)).toEqual([['churn', 'credit'], ['fraud', 'wage'], ['zone']]);
});

test.each([LIST.pendingApprovals, LIST.runningRollouts])('%s lists by ULID, newest first', async (list) => {
  expect(await pagesOf(indexOf(['01A', '01C', '01B']), list)).toEqual([['01C', '01B'], ['01A']]);
});

test('a list is read the other way round, from where a page ended', async () => {
  const table = indexOf(['wage', 'credit', 'fraud']);
  const read = (cursor?: string) =>
    table.list(
      LIST.models,
      z.object({ listSk: z.string() }),
      { limit: 2, ...(cursor ? { cursor } : {}) },
      { reversed: true },
    );
  const first = await read();
  expect(first.items.map(({ listSk }) => listSk)).toEqual(['wage', 'fraud']);
  expect((await read(first.cursor)).items.map(({ listSk }) => listSk)).toEqual(['credit']);
});

test('a stretch of a partition is read whole, page after page, by one condition on both ends', async () => {
  const asked: object[] = [];
  aws.answer = ({ body }) => {
    const { KeyConditionExpression, ExpressionAttributeValues: values, ExclusiveStartKey } = JSON.parse(body);
    asked.push({ KeyConditionExpression, from: values[':from'].S, to: values[':to'].S });
    const sk = ExclusiveStartKey ? 'NOTES#2' : 'NOTES#1';
    const last = ExclusiveStartKey ? {} : { LastEvaluatedKey: { pk: { S: 'MODEL#a' }, sk: { S: sk } } };
    return { body: JSON.stringify({ Items: [{ sk: { S: sk } }], ...last }) };
  };
  const table = new RegistryTable(new DynamoDBClient(aws.config), 'registry', 'audit');
  const found = await table.between('MODEL#a', 'NOTES#1', 'NOTES#2', z.object({ sk: z.string() }));
  expect(found).toEqual([{ sk: 'NOTES#1' }, { sk: 'NOTES#2' }]);
  const condition = { KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to', from: 'NOTES#1', to: 'NOTES#2' };
  expect(asked).toEqual([condition, condition]);
});
