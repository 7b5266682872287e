import type { AuditEvent } from '../schemas/audit';
import type { AuditCopy } from '../schemas/audit-copies';
import { type ChainFault, GENESIS_HASH, isWhole } from './audit-chain';

/** The first fault of a chain beside its copies. */
export interface AuditFault {
  readonly sequence: number;
  readonly fault:
    | ChainFault['fault']
    | 'foreign'
    | 'cut'
    | 'rewritten'
    | 'misplaced'
    | 'uncopied'
    | 'future'
    | 'late'
    | 'otherwise'
    | `copy-${'overwritten' | 'deleted' | 'unreadable' | 'misplaced'}`;
}

/** How far a chain was compared, and what was found. */
export interface Comparison {
  /** Events that are in order. */
  readonly events: number;
  readonly lastHash: string;
  /** Events that agree with their copies. */
  readonly copied: number;
  /** Events at the end that are too young to be copied. */
  readonly pending: number;
  /** Copies that were made so long after their event that they prove less. */
  readonly late: number;
  /** The longest that a copy was made after its event, where one is late; milliseconds. */
  readonly latestMs?: number;
  /** The first late copy that nobody accounts for. */
  readonly unaccounted?: number;
}

/** What a comparison goes by, beside record and vault. */
export interface Expectation {
  readonly model: string;
  /** UTC milliseconds, of a clock that the platform does not set. */
  readonly now: number;
  /** Late copies that were made until then are accounted for, as after an outage; UTC milliseconds. @default none is */
  readonly lateUntil?: number | undefined;
  /** How the chain ended when it was verified before. */
  readonly before?: { readonly events: number; readonly lastHash: string } | undefined;
}

/** What comes next on record and in the vault, both in their order. The copies were read first: an event that comes meanwhile is only young. */
export interface Heads {
  readonly event: AuditEvent | undefined;
  /** The one behind it. */
  readonly following: AuditEvent | undefined;
  readonly copy: AuditCopy | undefined;
}

/** How long a copy may take: the stream is told of an event within seconds, and tries again for minutes. */
const COPIED_WITHIN_MS = 15 * 60_000;
/** How far the clock of whoever verifies may be behind the platform's. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** Where a comparison begins. */
export const UNCOMPARED: Comparison = { events: 0, lastHash: GENESIS_HASH, copied: 0, pending: 0, late: 0 };

const isOf = (event: AuditEvent, model: string): boolean => String(event.model).toLowerCase() === model.toLowerCase();

/** What makes a copy no proof of any event. */
const unsound = ({ event, sequence }: AuditCopy, model: string): AuditFault['fault'] | undefined => {
  if (event === null || !isWhole(event)) return 'copy-unreadable';
  return event.sequence !== sequence || !isOf(event, model) ? 'copy-misplaced' : undefined;
};

const copyFault = (copy: AuditCopy, model: string): AuditFault['fault'] | undefined => {
  if (copy.writes > 1) return 'copy-overwritten';
  return copy.deleted ? 'copy-deleted' : unsound(copy, model);
};

/** Why an event that has no copy should have one; undefined while it may lack it. */
const uncopiedFault = (event: AuditEvent, { copy }: Heads, now: number): AuditFault['fault'] | undefined => {
  // Copies are made in order: one of a later event says that this one's was given up, or is gone.
  if (copy !== undefined || now - event.at >= COPIED_WITHIN_MS) return 'uncopied';
  return event.at > now + CLOCKS_DIFFER_MS ? 'future' : undefined;
};

/** What is wrong with an event in its place: by itself, by its copy, and by the one before. */
const eventFault = (
  event: AuditEvent,
  heads: Heads,
  done: Comparison,
  by: Expectation,
): AuditFault['fault'] | undefined => {
  if (!isWhole(event)) return 'overwritten';
  if (!isOf(event, by.model)) return 'foreign';
  const copy = heads.copy?.sequence === event.sequence ? heads.copy : undefined;
  const isProof = copy !== undefined && unsound(copy, by.model) === undefined;
  if (isProof && copy.event?.hash !== event.hash) return 'rewritten';
  if (event.previousHash !== done.lastHash) return 'unlinked';
  if (by.before?.events === event.sequence && by.before.lastHash !== event.hash) return 'otherwise';
  return copy === undefined ? uncopiedFault(event, heads, by.now) : copyFault(copy, by.model);
};

/** What the place of the next event holds instead of it. */
const placeFault = ({ event, following }: Heads, expected: number): AuditFault | undefined => {
  if (event === undefined) return { sequence: expected, fault: 'cut' };
  if (!Number.isInteger(event.sequence)) return { sequence: expected, fault: 'overwritten' };
  if (event.sequence < expected) return { sequence: event.sequence, fault: 'misplaced' };
  if (event.sequence === expected) return undefined;
  // One was taken out, or another was put in its place: then those behind do not go on from there.
  const isSwapped = following !== undefined && following.sequence <= event.sequence;
  return { sequence: expected, fault: isSwapped ? 'misplaced' : 'missing' };
};

const lateness = (
  event: AuditEvent,
  { copiedAt }: AuditCopy,
  done: Comparison,
  by: Expectation,
): Partial<Comparison> => {
  const delay = copiedAt === undefined ? Number.POSITIVE_INFINITY : copiedAt - event.at;
  if (delay < COPIED_WITHIN_MS) return {};
  const isAccountedFor = copiedAt !== undefined && copiedAt <= (by.lateUntil ?? 0);
  const first = isAccountedFor ? done.unaccounted : (done.unaccounted ?? event.sequence);
  return {
    late: done.late + 1,
    latestMs: Math.max(delay, done.latestMs ?? 0),
    ...(first === undefined ? {} : { unaccounted: first }),
  };
};

/**
 * Compares the next event with its copy, which nobody can change: an attacker who rewrites an event and all hashes behind it leaves a chain that
 * is whole, and the copies tell. There must be an event or a copy.
 */
export const compareNext = (done: Comparison, heads: Heads, by: Expectation): Comparison | AuditFault => {
  const { event, following, copy } = heads;
  const expected = done.events + 1;
  const misplaced = placeFault(heads, expected);
  if (misplaced !== undefined || event === undefined) return misplaced ?? { sequence: expected, fault: 'cut' };
  const fault = eventFault(event, heads, done, by);
  if (fault !== undefined) {
    const isSlippedIn = following !== undefined && following.sequence <= expected;
    return { sequence: expected, fault: isSlippedIn ? 'misplaced' : fault };
  }
  const further = { ...done, events: expected, lastHash: event.hash };
  return copy?.sequence === expected
    ? { ...further, copied: done.copied + 1, ...lateness(event, copy, done, by) }
    : { ...further, pending: done.pending + 1 };
};

/** What remains to be said when both record and vault have ended. */
export const compareEnd = (done: Comparison, { before }: Expectation): AuditFault | undefined => {
  if (before !== undefined && before.events > done.events) return { sequence: done.events + 1, fault: 'cut' };
  return done.unaccounted === undefined ? undefined : { sequence: done.unaccounted, fault: 'late' };
};
