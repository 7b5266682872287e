import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type AuditEvent, domainEventTypeSchema } from './contract';
import type { AuditRecord } from './ports';
import { type RecordPorts, walkRecord } from './walk-record';

export interface PublishEventsPorts {
  readonly read: (record: DynamoDBRecord) => AuditRecord;
  /** @throws when the bus does not take it */
  readonly publish: (event: AuditEvent) => Promise<void>;
  readonly told: (event: AuditEvent, published: boolean) => void;
  readonly failed: (record: DynamoDBRecord, error: Error, event?: AuditEvent) => void;
}

const isPublic = (event: AuditEvent): boolean => domainEventTypeSchema.safeParse(event.type).success;

/**
 * What a record puts on record; undefined for one that only says that somebody tampered, which `copy-events` tells of.
 * @throws when it is new, and no event: it waits among the dead letters
 */
const recorded = (told: AuditRecord): AuditEvent | undefined => {
  if (told.kind === 'event') return told.event;
  if (told.by === 'changed' || told.by === 'deleted') return undefined;
  throw new Error(`a new item of the audit table is ${told.by}, and is not published`);
};

/** The outbox: what is on record leaves on the bus, in order. The first that fails holds back those behind it. */
export const publishEvents = async (
  { Records }: DynamoDBStreamEvent,
  { read, publish, told, failed }: PublishEventsPorts,
): Promise<DynamoDBBatchResponse> => {
  for (const record of Records) {
    let event: AuditEvent | undefined;
    try {
      event = recorded(read(record));
      if (event === undefined) continue;
      if (isPublic(event)) await publish(event);
      told(event, isPublic(event));
    } catch (error) {
      failed(record, error as Error, event);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};

export interface PublishedAgain {
  readonly published: number;
  /** Where to go on, when time did not suffice for all. */
  readonly after?: number;
}

/** Publishes what is on record of a model behind a sequence once more, in order, as when the stream gave it up. Consumers know repeats by their id. */
export const publishAgain = async (
  asked: { readonly model: string; readonly after: number },
  { publish, ...record }: RecordPorts & Pick<PublishEventsPorts, 'publish'>,
): Promise<PublishedAgain> => {
  let published = 0;
  const after = await walkRecord(asked, record, async (whole) => {
    for (const event of whole.filter(isPublic)) {
      await publish(event);
      published++;
    }
  });
  return { published, ...(after === undefined ? {} : { after }) };
};
