import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { eventually, freshModel, platform } from './platform';
import { said } from './said';
import { setPolicy } from './world';

const EVENTS = 4;
const padded = (sequence: number): string => String(sequence).padStart(10, '0');
const table = () => DynamoDBDocumentClient.from(new DynamoDBClient(platform().aws));
const s3 = () => new S3Client(platform().aws);
const copyAt = (model: string, sequence: number) => ({
  Bucket: platform().outputs.auditVault,
  Key: `audit/${model}/${padded(sequence)}.json`,
});
const rowAt = (model: string, sequence: number) => ({ pk: `MODEL#${model}`, sk: `EVENT#${padded(sequence)}` });
const TableName = () => platform().outputs.auditTable;

const eventsOf = async (model: string): Promise<AuditEvent[]> =>
  (await (await platform().api('auditor')).list<AuditEvent>(`/api/v1/models/${model}/audit`, 100)).reverse();

/** A model with four events on record, all of them copied. */
const audited = async (name: string): Promise<string> => {
  const model = freshModel(name);
  for (let at = 0; at < EVENTS; at++) await setPolicy(model, {});
  const api = await platform().api('auditor');
  await eventually('all events to be copied', async () => {
    const copies = await api.list<AuditCopy>(`/api/v1/models/${model}/audit/copies`, 100);
    return copies.length === EVENTS ? true : undefined;
  });
  return model;
};

const verify = (model: string) => said('audit', 'verify', model);

test('a chain is verified beside its copies', async () => {
  const model = await audited('whole');
  const { code, out } = await verify(model);
  expect(code).toBe(0);
  expect(out).toMatch(/is whole: 4 events, last hash [0-9a-f]{64}; 4 agree with their copies$/);
  const copy = await s3().send(new GetObjectCommand(copyAt(model, 2)));
  expect(JSON.parse((await copy.Body?.transformToString()) ?? '')).toEqual((await eventsOf(model))[1]);
});

/** Somebody with all rights on the table changes the record, and everything that the table itself could tell of it. */
const rewriteFrom = async (model: string, sequence: number): Promise<void> => {
  const events = await eventsOf(model);
  let previous: AuditEvent | undefined = events[sequence - 2];
  for (const { id, schema: _, sequence: at, previousHash: __, hash: ___, ...entry } of events.slice(sequence - 1)) {
    const detail = at === sequence ? { ...entry.detail, forged: true } : entry.detail;
    previous = chainEvent({ ...entry, detail }, id, previous);
    await table().send(new PutCommand({ TableName: TableName(), Item: { ...rowAt(model, at), ...previous } }));
  }
};

/** Each under the other's key, whole as it was. */
const swap = async (model: string, one: number, other: number): Promise<void> => {
  const events = await eventsOf(model);
  for (const [place, from] of [
    [one, other],
    [other, one],
  ] as const)
    await table().send(
      new PutCommand({ TableName: TableName(), Item: { ...rowAt(model, place), ...events[from - 1] } }),
    );
};

/** A link that is right by itself, between two keys, beside the event whose number it has. */
const slipIn = async (model: string, sequence: number): Promise<void> => {
  const events = await eventsOf(model);
  const { id, schema: _, sequence: __, previousHash: ___, hash: ____, ...entry } = events[sequence - 1] as AuditEvent;
  const forged = chainEvent({ ...entry, detail: { forged: true } }, id, events[sequence - 2]);
  const { pk, sk } = rowAt(model, sequence - 1);
  await table().send(new PutCommand({ TableName: TableName(), Item: { pk, sk: `${sk}a`, ...forged } }));
};

test.each<[string, RegExp, (model: string) => Promise<unknown>]>([
  [
    'an event edited',
    /event 2 was overwritten/,
    (model) =>
      table().send(
        new UpdateCommand({
          TableName: TableName(),
          Key: rowAt(model, 2),
          UpdateExpression: 'SET detail.forged = :yes',
          ExpressionAttributeValues: { ':yes': true },
        }),
      ),
  ],
  [
    'an event edited and the rest hashed anew',
    /event 2 was rewritten, with its hash/,
    (model) => rewriteFrom(model, 2),
  ],
  [
    'an event deleted',
    /event 2 is missing/,
    (model) => table().send(new DeleteCommand({ TableName: TableName(), Key: rowAt(model, 2) })),
  ],
  ['two events swapped', /event 2 is not in its place/, (model) => swap(model, 2, 3)],
  ['an event slipped in', /event 2 is not in its place/, (model) => slipIn(model, 2)],
  [
    'the tail cut off',
    /event 4 and all behind it were cut off/,
    (model) => table().send(new DeleteCommand({ TableName: TableName(), Key: rowAt(model, 4) })),
  ],
  [
    'a copy written over',
    /event 3 has a copy that somebody wrote over/,
    (model) => s3().send(new PutObjectCommand({ ...copyAt(model, 3), Body: '{}' })),
  ],
  [
    'a copy deleted',
    /event 3 has a copy that somebody deleted/,
    (model) => s3().send(new DeleteObjectCommand(copyAt(model, 3))),
  ],
])('%s is found, and named', async (name, message, attack) => {
  const model = await audited(name.replace(/\W+/g, '-'));
  await attack(model);
  const { code, error } = await verify(model);
  expect(code).toBe(1);
  expect(error).toMatch(message);
});
