import fc from 'fast-check';
import type { AuditEvent, RecordedEntry } from '../../lambdas/registry/contract';
import { chainEvent, verifyChain } from '../../lambdas/registry/domain/audit-chain';

const ID = '01HZZZZZZZZZZZZZZZZZZZZZZZ';
const entry: fc.Arbitrary<RecordedEntry> = fc.record({
  model: fc.constant('wage'),
  type: fc.constantFrom('Version Registered' as const, 'Policy Changed' as const),
  at: fc.nat(),
  actor: fc.record({ kind: fc.constantFrom('person' as const, 'platform' as const), id: fc.string({ minLength: 1 }) }),
  detail: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
});

const chainOf = (entries: readonly RecordedEntry[]): AuditEvent[] => {
  const events: AuditEvent[] = [];
  for (const one of entries) events.push(chainEvent(one, ID, events.at(-1)));
  return events;
};
const chains = fc.array(entry, { minLength: 2, maxLength: 8 }).map(chainOf);

test('a chain that nobody touched is whole', () => {
  fc.assert(fc.property(chains, (events) => expect(verifyChain(events)).toBeUndefined()));
});

test('an event that was changed is found where it is', () => {
  fc.assert(
    fc.property(chains, fc.nat(), (events, pick) => {
      const at = pick % events.length;
      const touched = events.map((event, i) => (i === at ? { ...event, at: event.at + 1 } : event));
      expect(verifyChain(touched)).toEqual({ sequence: at + 1, fault: 'overwritten' });
    }),
  );
});

test('an event that was taken out is missed where it was', () => {
  fc.assert(
    fc.property(chains, fc.nat(), (events, pick) => {
      const at = pick % (events.length - 1);
      expect(verifyChain(events.filter((_, i) => i !== at))).toEqual({ sequence: at + 1, fault: 'missing' });
    }),
  );
});

test('an event that was forged whole, with a hash of its own, does not link', () => {
  fc.assert(
    fc.property(chains, entry, (events, forged) => {
      const [first] = events;
      const replaced = chainEvent({ ...forged, detail: { ...forged.detail, forged: true } }, ID, undefined);
      expect(verifyChain([replaced, ...events.slice(1)])).toEqual(
        first?.hash === replaced.hash ? undefined : { sequence: 2, fault: 'unlinked' },
      );
    }),
  );
});
