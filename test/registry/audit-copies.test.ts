import fc from 'fast-check';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { compareWithCopies } from '../../lambdas/registry/domain/audit-copies';

const NOW = 10_000_000;
const YOUNG = NOW - 60_000;
const OLD = 1000;

const chainOf = (entries: readonly { at: number; reason: string }[]): AuditEvent[] => {
  const events: AuditEvent[] = [];
  for (const { at, reason } of entries) {
    const actor = { kind: 'person' as const, id: 'ada' };
    const entry = { model: 'credit', type: 'Policy Changed' as const, at, actor, detail: { reason } };
    events.push(chainEvent(entry, '01HZZZZZZZZZZZZZZZZZZZZZZZ', events.at(-1)));
  }
  return events;
};

const events = chainOf(Array.from({ length: 6 }, (_, at) => ({ at: OLD + at, reason: `event ${at + 1}` })));
const copyOf = (event: AuditEvent): AuditCopy => ({ sequence: event.sequence, event, writes: 1, deleted: false });
const copies = events.map(copyOf);
const without = <T extends { readonly sequence: number }>(list: readonly T[], ...sequences: number[]): T[] =>
  list.filter(({ sequence }) => !sequences.includes(sequence));
const replaced = <T extends { readonly sequence: number }>(list: readonly T[], by: T): T[] =>
  list.map((one) => (one.sequence === by.sequence ? by : one));
const third = events[2] as AuditEvent;
const fourth = events[3] as AuditEvent;

/** What somebody would put on record, were it not for the chain. */
const forged = (at: number) => {
  const { id: _, schema: __, sequence: ___, previousHash: ____, hash: _____, ...entry } = fourth;
  return { ...entry, at, detail: { reason: 'forged' } };
};

test('a chain that agrees with its copies is whole', () => {
  expect(compareWithCopies(events, copies, NOW)).toEqual({ copied: 6, pending: 0, before: 0 });
  expect(compareWithCopies([], [], NOW)).toEqual({ copied: 0, pending: 0, before: 0 });
});

describe('attacks on the table', () => {
  /** Everything from the event on, with another reason in it and all hashes made anew. */
  const rehashed = chainOf(
    events.map(({ at, detail }, i) => ({ at, reason: i === 2 ? 'nothing to see here' : String(detail.reason) })),
  );

  test.each<[string, AuditEvent[], { sequence: number; fault: string }]>([
    [
      'an event is edited',
      replaced(events, { ...third, detail: { reason: 'x' } }),
      { sequence: 3, fault: 'overwritten' },
    ],
    ['an event is edited, and all hashes behind it made anew', rehashed, { sequence: 3, fault: 'rewritten' }],
    ['an event is taken out', without(events, 3), { sequence: 3, fault: 'missing' }],
    ['the last one is taken off', without(events, 6), { sequence: 6, fault: 'cut' }],
    ['half of them are taken off', without(events, 4, 5, 6), { sequence: 4, fault: 'cut' }],
    ['all of them are taken off', [], { sequence: 1, fault: 'cut' }],
    [
      'two are swapped',
      replaced(replaced(events, { ...third, sequence: 4 }), { ...fourth, sequence: 3 }).sort(
        (a, b) => a.sequence - b.sequence,
      ),
      { sequence: 3, fault: 'overwritten' },
    ],
    [
      'two are swapped under each other’s keys',
      [...events.slice(0, 2), fourth, third, ...events.slice(4)],
      { sequence: 3, fault: 'misplaced' },
    ],
    [
      'a forged one is slipped in before the one whose number it has',
      [...events.slice(0, 3), chainEvent(forged(OLD), fourth.id, third), ...events.slice(3)],
      { sequence: 4, fault: 'misplaced' },
    ],
    [
      'a forged one is slipped in behind the one whose number it has',
      [...events.slice(0, 4), chainEvent(forged(OLD), fourth.id, third), ...events.slice(4)],
      { sequence: 4, fault: 'misplaced' },
    ],
    [
      'one is put in the place of the last',
      [...without(events, 6), chainEvent(forged(OLD), fourth.id, events[4])],
      { sequence: 6, fault: 'rewritten' },
    ],
  ])('%s', (_, tampered, fault) => {
    expect(compareWithCopies(tampered, copies, NOW)).toMatchObject({ fault });
  });

  test('a forged event behind the last one is found once time enough went by for a copy', () => {
    const forge = (at: number) => [...events, chainEvent(forged(at), fourth.id, events.at(-1))];
    expect(compareWithCopies(forge(YOUNG), copies, NOW)).toEqual({ copied: 6, pending: 1, before: 0 });
    expect(compareWithCopies(forge(OLD), copies, NOW)).toMatchObject({ fault: { sequence: 7, fault: 'uncopied' } });
  });
});

describe('attacks on the copies', () => {
  test.each<[string, AuditCopy[], { sequence: number; fault: string }]>([
    [
      'one is written over',
      replaced(copies, { ...copyOf(third), writes: 2 }),
      { sequence: 3, fault: 'copy-overwritten' },
    ],
    ['one is deleted', replaced(copies, { ...copyOf(third), deleted: true }), { sequence: 3, fault: 'copy-deleted' }],
    ['one is gone for good', without(copies, 3), { sequence: 3, fault: 'uncopied' }],
    ['the last is gone for good', without(copies, 6), { sequence: 6, fault: 'uncopied' }],
    ['one is no event', replaced(copies, { ...copyOf(third), event: null }), { sequence: 3, fault: 'copy-unreadable' }],
  ])('%s', (_, tampered, fault) => {
    expect(compareWithCopies(events, tampered, NOW)).toMatchObject({ fault });
  });
});

test('events from before there were copies are told apart', () => {
  expect(compareWithCopies(events, without(copies, 1, 2), NOW)).toEqual({ copied: 4, pending: 0, before: 2 });
  expect(compareWithCopies(events, [], NOW)).toEqual({ copied: 0, pending: 0, before: 6 });
});

test('whatever single event is edited, the first broken link is that event', () => {
  const reasons = fc.array(fc.string(), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(reasons, fc.nat(), fc.boolean(), (texts, pick, hide) => {
      const entries = texts.map((reason, at) => ({ at: OLD + at, reason }));
      const whole = chainOf(entries);
      const at = pick % texts.length;
      const edited = hide
        ? chainOf(entries.map((entry, i) => (i === at ? { ...entry, reason: `${entry.reason}!` } : entry)))
        : whole.map((event, i) => (i === at ? { ...event, detail: { reason: `${event.detail.reason}!` } } : event));
      const { fault } = compareWithCopies(edited, whole.map(copyOf), NOW);
      expect(fault).toEqual({ sequence: at + 1, fault: hide ? 'rewritten' : 'overwritten' });
    }),
  );
});
