import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { isWhole } from '../domain/audit-chain';
import type { AuditRecord } from '../ports';
import { auditEventSchema } from '../schemas/audit';
import { modelKey, SK } from './keys';

/** Reads a record of the stream, and tells what the ledger put from what somebody else did. */
export const auditRecordOf = ({ eventName, dynamodb }: DynamoDBRecord): AuditRecord => {
  if (eventName === 'REMOVE') return { kind: 'tampered', by: 'deleted' };
  if (eventName === 'MODIFY') return { kind: 'tampered', by: 'changed' };
  const item = unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
  const parsed = auditEventSchema.safeParse(item);
  if (!parsed.success) return { kind: 'tampered', by: 'unreadable' };
  const event = parsed.data;
  if (!isWhole(event)) return { kind: 'tampered', by: 'forged' };
  const isInPlace = item.pk === modelKey(event.model) && item.sk === SK.event(event.sequence);
  return isInPlace ? { kind: 'event', event } : { kind: 'tampered', by: 'misplaced' };
};
