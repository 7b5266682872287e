import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { eventually, freshModel, platform } from './platform';
import { setPolicy } from './world';

export const EVENTS = 4;
const padded = (sequence: number): string => String(sequence).padStart(10, '0');

/** Record and vault with the account's own keys, which are above every policy: an attacker whom nothing stops. */
export const attacker = {
  table: DynamoDBDocumentClient.from(new DynamoDBClient(platform().aws)),
  s3: new S3Client(platform().aws),
};

export const tableName = () => platform().outputs.auditTable;
export const copyAt = (model: string, sequence: number) => ({
  Bucket: platform().outputs.auditVault,
  Key: `audit/${model}/${padded(sequence)}.json`,
});
export const rowAt = (model: string, sequence: number) => ({ pk: `MODEL#${model}`, sk: `EVENT#${padded(sequence)}` });

export const eventsOf = async (model: string): Promise<AuditEvent[]> =>
  (await (await platform().api('auditor')).list<AuditEvent>(`/api/v1/models/${model}/audit`, 100)).reverse();

export const awaitCopies = async (model: string, count = EVENTS): Promise<void> => {
  const api = await platform().api('auditor');
  await eventually('all events to be copied', async () => {
    const copies = await api.list<AuditCopy>(`/api/v1/models/${model}/audit/copies`, 100);
    return copies.length === count ? true : undefined;
  });
};

/** A model with four events on record, all of them copied. */
export const audited = async (name: string): Promise<string> => {
  const model = freshModel(name);
  for (let at = 0; at < EVENTS; at++) await setPolicy(model, {});
  await awaitCopies(model);
  return model;
};

export const putEvent = (key: { readonly pk: string; readonly sk: string }, event: AuditEvent) =>
  attacker.table.send(new PutCommand({ TableName: tableName(), Item: { ...key, ...event } }));

export const deleteEvents = async (model: string, ...sequences: number[]): Promise<void> => {
  for (const sequence of sequences)
    await attacker.table.send(new DeleteCommand({ TableName: tableName(), Key: rowAt(model, sequence) }));
};

/** Another event in the words of one that is there. */
export const forged = (event: AuditEvent, previous: AuditEvent | undefined, at = event.at): AuditEvent => {
  const { id, schema: _, sequence: __, previousHash: ___, hash: ____, ...entry } = event;
  return chainEvent({ ...entry, at, detail: { ...entry.detail, forged: true } }, id, previous);
};

/** Changes the record from one event on, and everything that the table itself could tell of it. */
export const rewriteFrom = async (model: string, sequence: number): Promise<void> => {
  const events = await eventsOf(model);
  let previous: AuditEvent | undefined = events[sequence - 2];
  for (const event of events.slice(sequence - 1)) {
    previous = forged(event, previous);
    await putEvent(rowAt(model, event.sequence), previous);
  }
};

/** Deletes every version of copies, as one could who holds the right to bypass governance. */
export const deleteCopiesForGood = async (model: string, ...sequences: number[]): Promise<void> => {
  for (const { Bucket, Key } of sequences.map((sequence) => copyAt(model, sequence))) {
    const { Versions = [] } = await attacker.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    for (const { VersionId } of Versions) await attacker.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }
};

/** Invokes a function as the runbook says, and returns its answer. */
export const invoked = async (name: string, payload: object): Promise<object> => {
  const lambda = new LambdaClient(platform().aws);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 1000 }));
  const found = Functions.find(({ FunctionName = '' }) => FunctionName.includes(name));
  const FunctionName = found?.FunctionName ?? name;
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};
