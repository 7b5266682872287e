import type * as z from 'zod';
import type { AuditEventType, DomainEventType, RecordedEntry } from './audit';
import type { EVENT_DETAILS } from './event-details';

/** Facts of a type of event. What stays on record only is nobody's contract. */
type DetailOf<T extends AuditEventType> = T extends DomainEventType
  ? z.output<(typeof EVENT_DETAILS)[T]>
  : RecordedEntry['detail'];

/** An entry of one of the given types, with that type's facts. */
export type EntryOf<T extends AuditEventType> = T extends AuditEventType
  ? Omit<RecordedEntry, 'type' | 'detail'> & { readonly type: T; readonly detail: DetailOf<T> }
  : never;

/** What a change says about itself; the ledger adds sequence, id and the chain's hashes. */
export type AuditEntry = EntryOf<AuditEventType>;
