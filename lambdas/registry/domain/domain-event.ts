import type { AuditEvent, DomainEvent } from '../schemas/audit';

/** `source` of Contender's events on the bus. */
export const EVENT_SOURCE = 'contender';

/** What leaves on the bus for an event on record. */
export const toDomainEvent = (event: AuditEvent, deployment: string): DomainEvent => ({
  schema: 1,
  id: event.id,
  time: new Date(event.at).toISOString(),
  deployment,
  model: event.model,
  ...(event.version === undefined ? {} : { version: event.version }),
  ...(event.rootDigest === undefined ? {} : { rootDigest: event.rootDigest }),
  actor: event.actor,
  auditSequence: event.sequence,
  data: event.detail,
});
