import fc from 'fast-check';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { type AuditTrail, verifyAudit } from '../../lambdas/registry/verify-audit';
import {
  copies,
  DAY,
  events,
  fifth,
  forgedBehind,
  lastHash,
  NOW,
  OLD,
  ON_BOTH,
  ON_THE_RECORD,
  ON_THE_VAULT,
  rehashedFrom,
  second,
  YOUNG,
} from './audit-attacks';
import { chainOf, copyOf, replaced, trailOf, without } from './audited';

const expectation = { model: 'credit', now: NOW };
const verify = (record: readonly AuditEvent[], vault: readonly AuditCopy[], by: object = {}) =>
  verifyAudit(trailOf(record, vault), { ...expectation, ...by });

test('a chain that agrees with its copies is whole', async () => {
  expect(await verify(events, copies)).toEqual({ events: 6, lastHash, copied: 6, pending: 0, late: 0, strays: [] });
  expect(await verify([], [])).toMatchObject({ events: 0, copied: 0 });
  expect(await verify(events, copies, { model: 'CREDIT' })).not.toHaveProperty('fault');
});

describe('attacks are found, and the first bad link is named', () => {
  test.each(ON_THE_RECORD)('on the record: %s', async (_, record, sequence, fault) => {
    expect(await verify(record, copies)).toMatchObject({ fault: { sequence, fault } });
  });
  test.each(ON_THE_VAULT)('on the vault: %s', async (_, vault, sequence, fault) => {
    expect(await verify(events, vault)).toMatchObject({ fault: { sequence, fault } });
  });
  test.each(ON_BOTH)('on both: %s', async (_, record, vault, sequence, fault) => {
    expect(await verify(record, vault)).toMatchObject({ fault: { sequence, fault } });
  });
});

test('what lies in the vault under no copy’s key is told', async () => {
  const trail = trailOf(events, copies, undefined, ['audit/credit/0000000003.json.bak']);
  expect(await verifyAudit(trail, expectation)).toMatchObject({ strays: ['audit/credit/0000000003.json.bak'] });
});

test('the last minutes may lack copies, and no others', async () => {
  const grown = [...events, forgedBehind(events[5], YOUNG)];
  expect(await verify(grown, copies)).toMatchObject({ copied: 6, pending: 1 });
  expect(await verify(grown, copies)).not.toHaveProperty('fault');
  // The clock of whoever verifies may be behind a little.
  expect(await verify([...events, forgedBehind(events[5], NOW + 60_000)], copies)).toMatchObject({ pending: 1 });
  expect(await verify(grown, copies, { now: YOUNG + 15 * 60_000 })).toMatchObject({ fault: { sequence: 7 } });
});

test('late copies that are accounted for are told, and those made later are a fault', async () => {
  const late = copies.map((copy, i) => (i < 2 ? { ...copy, copiedAt: OLD + DAY } : copy));
  expect(await verify(events, late)).toMatchObject({ late: 2, latestMs: DAY, fault: { sequence: 1, fault: 'late' } });
  const verdict = await verify(events, late, { lateUntil: OLD + DAY });
  expect(verdict).toMatchObject({ copied: 6, late: 2, latestMs: DAY });
  expect(verdict).not.toHaveProperty('fault');
  const later = replaced(late, { ...copyOf(fifth), copiedAt: OLD + 2 * DAY });
  expect(await verify(events, later, { lateUntil: OLD + DAY })).toMatchObject({
    fault: { sequence: 5, fault: 'late' },
  });
});

test('a fault that is proven is named before a copy that is late', async () => {
  const late = replaced(copies, { ...copyOf(second), copiedAt: NOW });
  expect(await verify(without(events, 5), late)).toMatchObject({ fault: { sequence: 5, fault: 'missing' } });
});

test.each([
  ['rewritten with its copies', rehashedFrom(3), { sequence: 6, fault: 'otherwise' }],
  ['cut with its copies', events.slice(0, 4), { sequence: 5, fault: 'cut' }],
  ['deleted everywhere', [], { sequence: 1, fault: 'cut' }],
])('a chain that was %s is found by an earlier verification', async (_, record, fault) => {
  const before = { events: 6, lastHash: lastHash ?? '' };
  expect(await verify(events, copies, { before })).not.toHaveProperty('fault');
  expect(await verify(record, record.map(copyOf), { before })).toMatchObject({ fault });
});

/** A platform that goes on while it is verified: an event comes, and its copy, with every page that is read. */
const living = (pages: number, size: number): AuditTrail => {
  const record = chainOf(Array.from({ length: pages + 1 }, (_, i) => ({ at: NOW - 1000, reason: String(i) })));
  let reads = 1;
  const now = () => {
    const known = record.slice(0, reads);
    reads = Math.min(reads + 1, record.length);
    return trailOf(known, known.map(copyOf), { events: size, copies: size });
  };
  return { events: (after, cursor) => now().events(after, cursor), copies: (cursor) => now().copies(cursor) };
};

test('what comes while it is verified is no fault', async () => {
  const size = fc.integer({ min: 1, max: 7 });
  await fc.assert(
    fc.asyncProperty(fc.nat(40), size, async (pages, each) => {
      expect(await verifyAudit(living(pages, each), expectation)).not.toHaveProperty('fault');
    }),
  );
});

test('whatever single event is edited, the first broken link is that event, however the pages fall', async () => {
  const reasons = fc.array(fc.string(), { minLength: 1, maxLength: 12 });
  const size = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      reasons,
      fc.nat(),
      fc.boolean(),
      size,
      size,
      async (texts, pick, hide, eventsAPage, copiesAPage) => {
        const told = texts.map((reason, at) => ({ at: OLD + at, reason }));
        const whole = chainOf(told);
        const at = pick % texts.length;
        const edited = hide
          ? chainOf(told.map((entry, i) => (i === at ? { ...entry, reason: `${entry.reason}!` } : entry)))
          : whole.map((event, i) => (i === at ? { ...event, detail: { reason: `${event.detail.reason}!` } } : event));
        const sizes = { events: eventsAPage, copies: copiesAPage };
        const { fault } = await verifyAudit(trailOf(edited, whole.map(copyOf), sizes), expectation);
        expect(fault).toEqual({ sequence: at + 1, fault: hide ? 'rewritten' : 'overwritten' });
      },
    ),
  );
});

test('every attack is named alike, however the pages fall', async () => {
  const size = fc.integer({ min: 1, max: 7 });
  const attacks = [
    ...ON_THE_RECORD.map(([, record, sequence, fault]) => ({ record, vault: copies, sequence, fault })),
    ...ON_THE_VAULT.map(([, vault, sequence, fault]) => ({ record: events, vault, sequence, fault })),
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...attacks), size, size, async ({ record, vault, sequence, fault }, a, b) => {
      const verdict = await verifyAudit(trailOf(record, vault, { events: a, copies: b }), expectation);
      expect(verdict.fault).toEqual({ sequence, fault });
    }),
    { numRuns: 400 },
  );
});

test('a long record is read a page at a time, once', async () => {
  const many = chainOf(Array.from({ length: 10_000 }, (_, i) => ({ at: OLD, reason: String(i) })));
  const inner = trailOf(many, many.map(copyOf));
  const calls = { events: 0, copies: 0 };
  const trail: AuditTrail = {
    events: (...args) => {
      calls.events++;
      return inner.events(...args);
    },
    copies: (...args) => {
      calls.copies++;
      return inner.copies(...args);
    },
  };
  expect(await verifyAudit(trail, expectation)).toMatchObject({ events: 10_000, copied: 10_000 });
  expect(calls).toEqual({ events: 50, copies: 50 });
});
