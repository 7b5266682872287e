import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryTable } from './adapters/registry-table';
import { S3AuditCopies } from './adapters/s3-audit-copies';
import { auditEventSchema, copyEventsEnvSchema, copyModelSchema } from './contract';
import { type CopyEventsPorts, copyEvents } from './copy-events';

const env = readEnv(copyEventsEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const sqs = new SQSClient({});

const vault = new S3AuditCopies(new S3Client({}), env.AUDIT_VAULT);
const ports: CopyEventsPorts = {
  vault,
  eventOf: ({ dynamodb }: DynamoDBRecord) =>
    dynamodb?.NewImage === undefined
      ? undefined
      : auditEventSchema.parse(unmarshall(dynamodb.NewImage as Record<string, AttributeValue>)),
  alarm: async (what) => {
    logger.error('an audit event was tampered with', what);
    await sqs.send(new SendMessageCommand({ QueueUrl: env.DEAD_LETTERS, MessageBody: JSON.stringify(what) }));
  },
  failed: (record, error) =>
    logger.error('an audit event could not be copied', { sequence: record.dynamodb?.SequenceNumber, error }),
};

const PAGE = 100;

/** Copies every event of a model that has no copy yet. */
const copyModel = async (model: string): Promise<{ copied: number; conflicts: number }> => {
  const counts = { copied: 0, conflicts: 0 };
  let cursor: string | undefined;
  do {
    const page = await table.auditPage(model, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const results = await Promise.all(page.items.map((event) => vault.put(event)));
    counts.copied += results.filter((result) => result === 'copied').length;
    counts.conflicts += results.filter((result) => result === 'conflict').length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  logger.info('audit events copied', { model, ...counts });
  return counts;
};

/** The audit table's stream; or, invoked by an operator, `{model}`. */
export const handler = async (
  event: DynamoDBStreamEvent | { readonly model: string },
): Promise<DynamoDBBatchResponse | { copied: number; conflicts: number }> =>
  'Records' in event ? copyEvents(event, ports) : copyModel(copyModelSchema.parse(event).model);
