import type { AuditEvent } from '../schemas/audit';
import type { AuditCopy } from '../schemas/audit-copies';
import { type ChainFault, GENESIS_HASH, verifyChain } from './audit-chain';

/** The first fault of a chain beside its copies. */
export interface AuditFault {
  readonly sequence: number;
  readonly fault:
    | ChainFault['fault']
    | 'cut'
    | 'rewritten'
    | 'misplaced'
    | 'uncopied'
    | `copy-${'overwritten' | 'deleted' | 'unreadable'}`;
}

export interface AuditVerdict {
  readonly fault?: AuditFault;
  /** Events that agree with their copies. */
  readonly copied: number;
  /** Events at the end that are too young to be copied. */
  readonly pending: number;
  /** Events at the start that were recorded before there were copies. */
  readonly before: number;
}

/** How long a copy may take: the stream is told of an event within seconds, and tries again for minutes. */
const COPIED_WITHIN_MS = 15 * 60_000;

const copyFault = (copy: AuditCopy): AuditFault['fault'] | undefined => {
  if (copy.writes > 1) return 'copy-overwritten';
  if (copy.deleted) return 'copy-deleted';
  return copy.event === null ? 'copy-unreadable' : undefined;
};

/** What is wrong with an event that the table lacks in its place, but the vault has. */
const lost = (sequence: number, last: number, misplaced: number): AuditFault => {
  if (sequence === misplaced) return { sequence, fault: 'misplaced' };
  return { sequence, fault: sequence > last ? 'cut' : 'missing' };
};

/** What is wrong with one event, by itself, by its copy, and by the one before. */
const faultOf = (event: AuditEvent, copy: AuditCopy | undefined, previous: string): AuditFault['fault'] | undefined => {
  const chained = verifyChain([event], { sequence: event.sequence - 1, hash: previous })?.fault;
  if (chained === 'overwritten') return chained;
  if (copy?.event && copy.event.hash !== event.hash) return 'rewritten';
  return chained ?? (copy && copyFault(copy));
};

/** Up to where events have copies at all; 0 where none has. */
const span = (copies: readonly AuditCopy[]): { first: number; last: number } => ({
  first: copies[0]?.sequence ?? 0,
  last: copies.at(-1)?.sequence ?? 0,
});

/** The first event that stands behind one of its own number or a later one: swapped, or beside one that was slipped in. */
const misplacedOf = (events: readonly AuditEvent[]): number =>
  events.reduce(
    (first, { sequence }, i) => (sequence <= (events[i - 1]?.sequence ?? 0) ? Math.min(first, sequence) : first),
    Number.POSITIVE_INFINITY,
  );

/**
 * Compares a model's events with their copies, which nobody can change. Both come whole, events as the table's keys order them, copies
 * by sequence; the copies were read first, so that an event that comes meanwhile is only young. An attacker who rewrites an event and all hashes behind it leaves a chain that is whole: the copies tell.
 * @param now UTC milliseconds
 */
export const compareWithCopies = (
  events: readonly AuditEvent[],
  copies: readonly AuditCopy[],
  now: number,
): AuditVerdict => {
  const misplaced = misplacedOf(events);
  const placed = events.filter(({ sequence }) => sequence !== misplaced);
  const bySequence = new Map(placed.map((event) => [event.sequence, event]));
  const copyBySequence = new Map(copies.map((copy) => [copy.sequence, copy]));
  const { first, last } = span(copies);
  const lastEvent = events.at(-1)?.sequence ?? 0;
  const counts = { copied: 0, pending: 0, before: 0 };
  let previous = GENESIS_HASH;
  for (let sequence = 1; sequence <= Math.max(last, lastEvent); sequence++) {
    const event = bySequence.get(sequence);
    if (event === undefined) return { ...counts, fault: lost(sequence, lastEvent, misplaced) };
    const copy = copyBySequence.get(sequence);
    const fault = faultOf(event, copy, previous);
    if (fault !== undefined) return { ...counts, fault: { sequence, fault } };
    previous = event.hash;
    if (copy !== undefined) counts.copied += 1;
    else if (sequence < first || first === 0) counts.before += 1;
    else if (sequence > last && now - event.at < COPIED_WITHIN_MS) counts.pending += 1;
    else return { ...counts, fault: { sequence, fault: 'uncopied' } };
  }
  return counts;
};
