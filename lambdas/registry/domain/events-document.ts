import * as z from 'zod';
import { type DomainEventType, domainEventSchema, domainEventTypeSchema } from '../schemas/audit';
import { EVENT_DETAILS } from '../schemas/event-details';
import { EVENT_SOURCE } from './domain-event';

const eventOf = (type: DomainEventType) =>
  z.object({
    source: z.literal(EVENT_SOURCE),
    'detail-type': z.literal(type),
    detail: domainEventSchema.extend({ data: EVENT_DETAILS[type] }),
  });

/** The JSON Schema of what the event bus delivers. Of an event's own fields it tells those that are Contender's. */
export const eventsDocument = (): object => {
  const types = domainEventTypeSchema.options;
  const definitions = types.map((type) => {
    const { $schema: _, ...schema } = z.toJSONSchema(eventOf(type), {
      io: 'input',
      // What is added later must not fail a consumer that validates.
      override: ({ jsonSchema }) =>
        void (jsonSchema.additionalProperties === false && delete jsonSchema.additionalProperties),
    });
    return [type, { title: type, ...schema }] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Domain events of Contender',
    description:
      'An event as EventBridge delivers it. Fields are only ever added: take no field amiss that is not named here.',
    oneOf: types.map((type) => ({ $ref: `#/$defs/${type.replaceAll(' ', '%20')}` })),
    $defs: Object.fromEntries(definitions),
  };
};
