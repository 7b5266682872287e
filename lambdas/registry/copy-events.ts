import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { AuditEvent } from './contract';

/** The vault, as far as copying needs it. */
export interface AuditVault {
  put(event: AuditEvent): Promise<'copied' | 'known' | 'conflict'>;
  keepTampered(sequence: string, record: unknown): Promise<void>;
}

export interface CopyEventsPorts {
  readonly vault: AuditVault;
  /** @throws when the image is no audit event */
  readonly eventOf: (record: DynamoDBRecord) => AuditEvent | undefined;
  /** Tells operators at once. */
  readonly alarm: (what: { readonly fault: string; readonly record: string }) => Promise<void>;
  readonly failed: (record: DynamoDBRecord, error: Error) => void;
}

/** Why a record cannot be one of a table that only ever grows; undefined for one that can. */
const tamperedBy = async (
  record: DynamoDBRecord,
  { vault, eventOf }: CopyEventsPorts,
): Promise<'changed' | 'deleted' | 'replaced' | undefined> => {
  if (record.eventName === 'REMOVE') return 'deleted';
  const event = eventOf(record);
  if (event === undefined) return 'deleted';
  if ((await vault.put(event)) === 'conflict') return 'replaced';
  return record.eventName === 'MODIFY' ? 'changed' : undefined;
};

/**
 * Copies what is put on record. A change or deletion of what was is kept and told at once; it holds nothing back. What cannot be copied is tried again
 * with all behind it.
 */
export const copyEvents = async (
  { Records }: DynamoDBStreamEvent,
  ports: CopyEventsPorts,
): Promise<DynamoDBBatchResponse> => {
  for (const record of Records) {
    const sequence = record.dynamodb?.SequenceNumber ?? '';
    try {
      const fault = await tamperedBy(record, ports);
      if (fault === undefined) continue;
      await ports.vault.keepTampered(sequence, record);
      await ports.alarm({ fault, record: sequence });
    } catch (error) {
      ports.failed(record, error as Error);
      return { batchItemFailures: [{ itemIdentifier: sequence }] };
    }
  }
  return { batchItemFailures: [] };
};
