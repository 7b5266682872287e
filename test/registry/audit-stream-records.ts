import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { AuditEvent } from '../../lambdas/registry/contract';

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] & object;

const keysOf = ({ model, sequence }: AuditEvent) => ({
  pk: `MODEL#${model.toLowerCase()}`,
  sk: `EVENT#${String(sequence).padStart(10, '0')}`,
});

/** What the audit table's stream tells of an event; the record's number is 100 and the event's. */
export const recordOf = (
  event: AuditEvent,
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE' = 'INSERT',
  overrides: Readonly<Record<string, unknown>> = {},
): DynamoDBRecord => {
  const image = marshall({ ...keysOf(event), ...event, ...overrides }, { removeUndefinedValues: true }) as Image;
  const SequenceNumber = String(100 + event.sequence);
  return { eventName, dynamodb: { SequenceNumber, ...(eventName === 'REMOVE' ? {} : { NewImage: image }) } };
};
