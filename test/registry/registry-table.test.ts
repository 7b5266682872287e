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
