import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { type AuditEvent, auditEventSchema, domainEventTypeSchema, publishEventsEnvSchema } from './contract';
import { EVENT_SOURCE, toDomainEvent } from './domain/domain-event';

const env = readEnv(publishEventsEnvSchema);
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

const eventOf = (record: DynamoDBRecord): AuditEvent | undefined => {
  const image = record.dynamodb?.NewImage;
  return image === undefined ? undefined : auditEventSchema.parse(unmarshall(image as Record<string, AttributeValue>));
};

/** The outbox: what is on record leaves on the bus, in order. The first that fails holds back those behind it. */
export const handler = async (stream: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (const record of stream.Records) {
    try {
      const event = eventOf(record);
      const isPublic = event !== undefined && domainEventTypeSchema.safeParse(event.type).success;
      if (isPublic) await publish(event);
      logger.info('audit event', {
        type: event?.type,
        model: event?.model,
        sequence: event?.sequence,
        published: isPublic,
      });
    } catch (error) {
      logger.error('audit event could not be published', {
        sequence: record.dynamodb?.SequenceNumber,
        error: error as Error,
      });
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};
