import type { FakeAnswer, FakeRequest } from './fake-aws';

type Item = Readonly<Record<string, unknown>>;
type Attribute =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { L: Attribute[] }
  | { M: Record<string, Attribute> };

/** A value in DynamoDB's own notation. */
const attribute = (value: unknown): Attribute => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attribute) };
  return { M: attributes(value as Item) };
};
const attributes = (item: Item): Record<string, Attribute> =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, attribute(value)]),
  );

/** A model's partition by sort key. */
export type Items = Readonly<Record<string, unknown>>;

/** Answers GetItem and a Query between two sort keys as DynamoDB does; both must be consistent reads. */
export const fakeRegistry =
  (items: Items) =>
  ({ operation, body }: FakeRequest): FakeAnswer => {
    const request = JSON.parse(body);
    expect(request.ConsistentRead).toBe(true);
    if (operation === 'GetItem') {
      const item = request.Key.pk.S === 'MODEL#credit' ? items[request.Key.sk.S] : undefined;
      return { body: JSON.stringify(item === undefined ? {} : { Item: attributes(item as Item) }) };
    }
    const { ':pk': pk, ':grants': from, ':meta': to } = request.ExpressionAttributeValues;
    const found = Object.entries(items).filter(([sk]) => pk.S === 'MODEL#credit' && sk >= from.S && sk <= to.S);
    return { body: JSON.stringify({ Items: found.map(([sk, item]) => attributes({ ...(item as Item), sk })) }) };
  };
