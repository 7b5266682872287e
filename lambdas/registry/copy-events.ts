import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { AuditEvent } from './contract';
import type { AuditRecord } from './ports';
import { type RecordPorts, walkRecord } from './walk-record';

/** The vault, as far as copying needs it. */
export interface AuditVault {
  put(event: AuditEvent): Promise<'copied' | 'known' | 'conflict'>;
  keepTampered(sequence: string, record: unknown): Promise<void>;
}

export interface CopyEventsPorts {
  readonly vault: AuditVault;
  readonly read: (record: DynamoDBRecord) => AuditRecord;
  /** Tells operators at once. */
  readonly alarm: (what: { readonly fault: string; readonly record: string }) => Promise<void>;
  readonly failed: (record: DynamoDBRecord, error: Error) => void;
}

/** How a record shows that somebody else than the ledger wrote to the table; undefined for what the ledger put, which is copied. */
const tamperedBy = async (told: AuditRecord, vault: AuditVault): Promise<string | undefined> => {
  if (told.kind === 'tampered') return told.by;
  return (await vault.put(told.event)) === 'conflict' ? 'replaced' : undefined;
};

/**
 * Copies what is put on record. Any other change is never copied: it is kept and told at once, and holds nothing back. What cannot be copied is
 * tried again with all behind it.
 */
export const copyEvents = async (
  { Records }: DynamoDBStreamEvent,
  { vault, read, alarm, failed }: CopyEventsPorts,
): Promise<DynamoDBBatchResponse> => {
  for (const record of Records) {
    const sequence = record.dynamodb?.SequenceNumber ?? '';
    try {
      const fault = await tamperedBy(read(record), vault);
      if (fault === undefined) continue;
      await vault.keepTampered(sequence, record);
      await alarm({ fault, record: sequence });
    } catch (error) {
      failed(record, error as Error);
      return { batchItemFailures: [{ itemIdentifier: sequence }] };
    }
  }
  return { batchItemFailures: [] };
};

export interface CopiedModel {
  readonly copied: number;
  /** Events whose copy is of another one. */
  readonly conflicts: number;
  /** Items that are no event with its own hash: they are not copied. */
  readonly forged: number;
  /** Where to go on, when time did not suffice for all. */
  readonly after?: number;
}

/** Copies every event of a model behind a sequence that has no copy yet, the oldest first. */
export const copyModel = async (
  asked: { readonly model: string; readonly after: number },
  { vault, ...record }: RecordPorts & Pick<CopyEventsPorts, 'vault'>,
): Promise<CopiedModel> => {
  const counts = { copied: 0, conflicts: 0, forged: 0 };
  const after = await walkRecord(asked, record, async (whole, forged) => {
    const results = await Promise.all(whole.map((event) => vault.put(event)));
    counts.copied += results.filter((result) => result === 'copied').length;
    counts.conflicts += results.filter((result) => result === 'conflict').length;
    counts.forged += forged;
  });
  return { ...counts, ...(after === undefined ? {} : { after }) };
};
