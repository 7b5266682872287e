import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { type AuditEntry, domainEventTypeSchema, type RecordedEntry } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { EVENT_SOURCE, toDomainEvent } from '../../lambdas/registry/domain/domain-event';
import { eventsDocument } from '../../lambdas/registry/domain/events-document';

const ajv = new Ajv2020({ strict: true, discriminator: false });
addFormats(ajv);
const isEvent = ajv.compile(eventsDocument());

/** What is wrong with an event as the bus delivers it, by the published schema; null where nothing is. */
export const faultsOf = (event: unknown): unknown => (isEvent(event) ? null : isEvent.errors);

/** What is wrong with the domain events that these entries become. */
export const faultsOfEntries = (entries: ReadonlyArray<AuditEntry | RecordedEntry>): unknown[] =>
  entries
    .filter(({ type }) => domainEventTypeSchema.safeParse(type).success)
    .map((entry) => {
      const recorded = JSON.parse(JSON.stringify(chainEvent(entry, '01HZZZZZZZZZZZZZZZZZZZZZZZ', undefined)));
      const detail = toDomainEvent(recorded, 'bank');
      return faultsOf({ version: '0', source: EVENT_SOURCE, 'detail-type': entry.type, detail });
    })
    .filter((faults) => faults !== null);
