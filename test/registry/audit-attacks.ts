import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { chainOf, copyOf, replaced, without } from './audited';

export const DAY = 24 * 3600_000;
export const NOW = 400 * DAY;
export const YOUNG = NOW - 60_000;
export const OLD = 1000;

const toldBefore = Array.from({ length: 6 }, (_, at) => ({ at: OLD + at, reason: `event ${at + 1}` }));
export const events = chainOf(toldBefore);
export const copies = events.map(copyOf);
const [first, third, fourth] = [0, 2, 3].map((i) => events[i]) as [AuditEvent, AuditEvent, AuditEvent];
export const [, second, , , fifth] = events as [AuditEvent, AuditEvent, AuditEvent, AuditEvent, AuditEvent];
export const lastHash = events.at(-1)?.hash;

/** The same record with another reason from one event on, and all hashes made anew. */
export const rehashedFrom = (sequence: number): AuditEvent[] =>
  chainOf(toldBefore.map((told, i) => (i + 1 >= sequence ? { ...told, reason: 'nothing to see here' } : told)));
/** What somebody would put on record behind an event, were it not for the chain. */
export const forgedBehind = (previous: AuditEvent | undefined, at: number = OLD): AuditEvent => {
  const { id, schema: _, sequence: __, previousHash: ___, hash: ____, ...entry } = fourth;
  return chainEvent({ ...entry, at, detail: { reason: 'forged' } }, id, previous);
};
type Attack = [name: string, record: AuditEvent[], sequence: number, fault: string];

export const ON_THE_RECORD: Attack[] = [
  ['a field edited', replaced(events, { ...third, detail: { reason: 'x' } }), 3, 'overwritten'],
  ['one edited, and hashed anew', replaced(events, rehashedFrom(3)[2] as AuditEvent), 3, 'rewritten'],
  ['one edited, and all hashes behind it made anew', rehashedFrom(3), 3, 'rewritten'],
  ['all of it made anew', rehashedFrom(1), 1, 'rewritten'],
  ['the first taken out', without(events, 1), 1, 'missing'],
  ['one taken out', without(events, 3), 3, 'missing'],
  ['the last taken off', without(events, 6), 6, 'cut'],
  ['half taken off', without(events, 4, 5, 6), 4, 'cut'],
  ['all events of the model deleted', [], 1, 'cut'],
  [
    'two swapped, each with the other’s number',
    [first, second, { ...fourth, sequence: 3 }, { ...third, sequence: 4 }, ...events.slice(4)],
    3,
    'overwritten',
  ],
  ['two swapped under each other’s keys', [first, second, fourth, third, ...events.slice(4)], 3, 'misplaced'],
  ['two far apart swapped', [first, fifth, third, fourth, second, ...events.slice(5)], 2, 'misplaced'],
  [
    'one slipped in before that of its number',
    [...events.slice(0, 3), forgedBehind(third), ...events.slice(3)],
    4,
    'misplaced',
  ],
  [
    'one slipped in behind that of its number',
    [...events.slice(0, 4), forgedBehind(third), ...events.slice(4)],
    4,
    'misplaced',
  ],
  ['one slipped in behind the last', [...events, forgedBehind(fifth)], 6, 'misplaced'],
  ['one told twice', [first, second, second, ...events.slice(2)], 2, 'misplaced'],
  ['another in the place of the last', [...without(events, 6), forgedBehind(fifth)], 6, 'rewritten'],
  [
    'the tail cut off, and another put on',
    [first, second, forgedBehind(second, YOUNG), forgedBehind(forgedBehind(second, YOUNG), YOUNG)],
    3,
    'rewritten',
  ],
  ['the chain of another model in its place', chainOf(toldBefore, 'wage'), 1, 'foreign'],
  [
    'an event of another model in one place',
    replaced(events, chainOf(toldBefore, 'wage')[2] as AuditEvent),
    3,
    'foreign',
  ],
  ['the model’s name in other letters', replaced(events, { ...third, model: 'Credit' }), 3, 'overwritten'],
  [
    'a number that is none',
    replaced(events, third).map((e) => (e === third ? { ...e, sequence: 'x' as never } : e)),
    3,
    'overwritten',
  ],
  ['an extra one behind the last', [...events, forgedBehind(events[5])], 7, 'uncopied'],
  ['an extra one from the future', [...events, forgedBehind(events[5], NOW + DAY)], 7, 'future'],
];

export const ON_THE_VAULT: [name: string, vault: AuditCopy[], sequence: number, fault: string][] = [
  ['a copy written over', replaced(copies, { ...copyOf(third), writes: 2 }), 3, 'copy-overwritten'],
  ['a delete marker on a copy', replaced(copies, { ...copyOf(third), deleted: true }), 3, 'copy-deleted'],
  ['the first copy gone for good', without(copies, 1), 1, 'uncopied'],
  ['the first copies gone for good', without(copies, 1, 2, 3), 1, 'uncopied'],
  ['a copy gone for good', without(copies, 3), 3, 'uncopied'],
  ['the last gone for good', without(copies, 6), 6, 'uncopied'],
  ['all copies gone for good', [], 1, 'uncopied'],
  ['a copy that is no event', replaced(copies, { ...copyOf(third), event: null }), 3, 'copy-unreadable'],
  ['a copy without its hash', replaced(copies, { ...copyOf(third), event: { ...third, at: 1 } }), 3, 'copy-unreadable'],
  ['a copy of another event under its key', replaced(copies, { ...copyOf(third), event: fourth }), 3, 'copy-misplaced'],
  [
    'a copy of another model’s event',
    replaced(copies, { ...copyOf(third), event: chainOf(toldBefore, 'wage')[2] as AuditEvent }),
    3,
    'copy-misplaced',
  ],
  ['one gone for good, and another put later', replaced(copies, { ...copyOf(third), copiedAt: NOW }), 3, 'late'],
];

export const ON_BOTH: [name: string, record: AuditEvent[], vault: AuditCopy[], sequence: number, fault: string][] = [
  ['the first copies gone, and the chain rewritten', rehashedFrom(1), without(copies, 1, 2), 1, 'uncopied'],
  ['the first copies gone, and the chain rewritten behind them', rehashedFrom(3), without(copies, 1, 2), 1, 'uncopied'],
  ['all copies gone, and the chain rewritten', rehashedFrom(1), [], 1, 'uncopied'],
  [
    'all copies from one on gone, the chain rewritten, and copied anew',
    rehashedFrom(3),
    rehashedFrom(3).map((event) => ({ ...copyOf(event), copiedAt: event.sequence < 3 ? event.at : NOW })),
    3,
    'late',
  ],
  [
    'record and copies cut alike, and the record goes on',
    [first, second, forgedBehind(second)],
    copies.slice(0, 2),
    3,
    'uncopied',
  ],
];
