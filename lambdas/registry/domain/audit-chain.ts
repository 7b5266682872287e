import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonical-json';
import type { AuditEvent, RecordedEntry } from '../schemas/audit';
import type { AuditEntry } from '../schemas/audit-entry';

/** `previousHash` of a model's first event. */
export const GENESIS_HASH = '0'.repeat(64);

const hashOf = (event: Omit<AuditEvent, 'hash'>): string =>
  createHash('sha256').update(canonicalJson(event)).digest('hex');

/** Whether an event's content still has its hash. */
export const isWhole = ({ hash, ...rest }: AuditEvent): boolean => hashOf(rest) === hash;

/** The next link of a chain whose last event is `previous` (absent for a model's first). */
export const chainEvent = (
  entry: AuditEntry | RecordedEntry,
  id: string,
  previous: Pick<AuditEvent, 'sequence' | 'hash'> | undefined,
): AuditEvent => {
  const event = {
    ...entry,
    // Facts are plain JSON whatever their type.
    detail: entry.detail as RecordedEntry['detail'],
    schema: 1 as const,
    id,
    sequence: (previous?.sequence ?? 0) + 1,
    previousHash: previous?.hash ?? GENESIS_HASH,
  };
  return { ...event, hash: hashOf(event) };
};

/** The first fault of a chain: where it is, and what is wrong there. */
export interface ChainFault {
  readonly sequence: number;
  readonly fault: 'missing' | 'overwritten' | 'unlinked';
}

/** Checks a run of events that starts after `from`; returns the first fault, or nothing. Events come in order of sequence. */
export const verifyChain = (
  events: readonly AuditEvent[],
  from: { sequence: number; hash: string } = { sequence: 0, hash: GENESIS_HASH },
): ChainFault | undefined => {
  let last = from;
  for (const event of events) {
    const expected = last.sequence + 1;
    if (event.sequence !== expected) return { sequence: expected, fault: 'missing' };
    if (!isWhole(event)) return { sequence: expected, fault: 'overwritten' };
    if (event.previousHash !== last.hash) return { sequence: expected, fault: 'unlinked' };
    last = { sequence: event.sequence, hash: event.hash };
  }
  return undefined;
};
