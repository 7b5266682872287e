import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { domainEventTypeSchema } from '../../lambdas/registry/contract';
import { eventsDocument } from '../../lambdas/registry/domain/events-document';
import { faultsOf } from './domain-event-facts';

const envelope = (type: string, data: object) => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  source: 'contender',
  'detail-type': type,
  detail: {
    schema: 1,
    id: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
    time: '2026-01-01T00:00:00.000Z',
    deployment: 'bank',
    model: 'wage',
    version: 3,
    actor: { kind: 'person', id: 'rita' },
    auditSequence: 7,
    data,
  },
});
const withdrawn = { dataset: { name: 'loans' }, reason: 'no consent', status: 'SERVING', origin: true };

test('the published schema of events is the one that producers are held to', () => {
  // If this fails: npx contender schema --events > docs/events.schema.json && npm run format
  expect(JSON.parse(readFileSync(resolve(__dirname, '../../docs/events.schema.json'), 'utf8'))).toEqual(
    eventsDocument(),
  );
});

test('every domain event has a schema', () => {
  expect(eventsDocument()).toMatchObject({
    $defs: Object.fromEntries(domainEventTypeSchema.options.map((type) => [type, { type: 'object' }])),
  });
});

test('an event fits its type’s schema, and may have fields that were added later', () => {
  expect(faultsOf(envelope('Dataset Withdrawn', { ...withdrawn, added: 'later' }))).toBeNull();
});

test.each([
  ['without a fact', envelope('Dataset Withdrawn', { ...withdrawn, reason: undefined })],
  ['with another type’s facts', envelope('Version Evaluated', withdrawn)],
  ['of no known type', envelope('Version Admired', withdrawn)],
  ['from another source', { ...envelope('Dataset Withdrawn', withdrawn), source: 'aws.s3' }],
])('an event %s fits none', (_, event) => {
  expect(faultsOf(JSON.parse(JSON.stringify(event)))).not.toBeNull();
});
