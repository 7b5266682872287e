import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { auditRecordOf } from './adapters/audit-record';
import { RegistryTable } from './adapters/registry-table';
import { S3AuditCopies } from './adapters/s3-audit-copies';
import { copyEventsEnvSchema, recordedAgainSchema } from './contract';
import { type CopiedModel, type CopyEventsPorts, copyEvents, copyModel } from './copy-events';

const env = readEnv(copyEventsEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const sqs = new SQSClient({});
const vault = new S3AuditCopies(new S3Client({}), env.AUDIT_VAULT);

const ports: CopyEventsPorts = {
  vault,
  read: auditRecordOf,
  alarm: async (what) => {
    logger.error('an audit event was tampered with', what);
    await sqs.send(new SendMessageCommand({ QueueUrl: env.DEAD_LETTERS, MessageBody: JSON.stringify(what) }));
  },
  failed: (record, error) =>
    logger.error('an audit event could not be copied', { sequence: record.dynamodb?.SequenceNumber, error }),
};

const PAGE = 100;
/** What one page may take. */
const PAGE_MS = 20_000;

/** The audit table's stream; or, invoked by an operator, `{model}`. */
export const handler = async (
  event: DynamoDBStreamEvent | { readonly model: string },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DynamoDBBatchResponse | CopiedModel> => {
  if ('Records' in event) return copyEvents(event, ports);
  const asked = recordedAgainSchema.parse(event);
  const result = await copyModel(asked, {
    vault,
    events: (model, after, cursor) => table.auditPage(model, { limit: PAGE, after, cursor }),
    hasTime: () => context.getRemainingTimeInMillis() > PAGE_MS,
  });
  logger.info('audit events copied', { ...asked, ...result });
  return result;
};
