import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { auditRecordOf } from './adapters/audit-record';
import { RegistryTable } from './adapters/registry-table';
import { type AuditEvent, publishEventsEnvSchema, recordedAgainSchema } from './contract';
import { EVENT_SOURCE, toDomainEvent } from './domain/domain-event';
import { type PublishEventsPorts, type PublishedAgain, publishAgain, publishEvents } from './publish-events';

const env = readEnv(publishEventsEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const bus = new EventBridgeClient({});

const publish = async (event: AuditEvent): Promise<void> => {
  const entry = {
    EventBusName: env.EVENT_BUS,
    Source: EVENT_SOURCE,
    DetailType: event.type,
    Time: new Date(event.at),
    Detail: JSON.stringify(toDomainEvent(event, env.DEPLOYMENT)),
  };
  const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  const [answer] = Entries;
  if (answer?.ErrorCode)
    throw new Error(`the bus refused ${event.type} ${event.id}: ${answer.ErrorCode} ${answer.ErrorMessage ?? ''}`);
};

const ports: PublishEventsPorts = {
  read: auditRecordOf,
  publish,
  told: ({ type, model, sequence }, published) => logger.info('audit event', { type, model, sequence, published }),
  failed: (record, error, event) =>
    logger.error('audit event could not be published', {
      record: record.dynamodb?.SequenceNumber,
      model: event?.model,
      sequence: event?.sequence,
      error,
    }),
};

const PAGE = 100;
/** What one page may take. */
const PAGE_MS = 20_000;

/** The audit table's stream; or, invoked by an operator, `{model, after}`. */
export const handler = async (
  event: DynamoDBStreamEvent | { readonly model: string },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DynamoDBBatchResponse | PublishedAgain> => {
  if ('Records' in event) return publishEvents(event, ports);
  const asked = recordedAgainSchema.parse(event);
  const result = await publishAgain(asked, {
    publish,
    events: (model, after, cursor) => table.auditPage(model, { limit: PAGE, after, cursor }),
    hasTime: () => context.getRemainingTimeInMillis() > PAGE_MS,
  });
  logger.info('audit events published again', { ...asked, ...result });
  return result;
};
