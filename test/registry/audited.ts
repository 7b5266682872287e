import type { Page } from '../../lambdas/kernel/contract';
import type { AuditCopy, AuditEvent, CopiesPage } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import type { AuditTrail } from '../../lambdas/registry/verify-audit';

const ID = '01HZZZZZZZZZZZZZZZZZZZZZZZ';

export interface Told {
  readonly at: number;
  readonly reason: string;
}

/** A chain of one event for each of these. */
export const chainOf = (entries: readonly Told[], model = 'credit'): AuditEvent[] => {
  const events: AuditEvent[] = [];
  for (const { at, reason } of entries) {
    const actor = { kind: 'person' as const, id: 'ada' };
    const entry = { model, type: 'Policy Changed' as const, at, actor, detail: { reason } };
    events.push(chainEvent(entry, ID, events.at(-1)));
  }
  return events;
};

/** Its copy, made a second after the event. */
export const copyOf = (event: AuditEvent): AuditCopy => ({
  sequence: event.sequence,
  event,
  writes: 1,
  deleted: false,
  copiedAt: event.at + 1000,
});

/** A page of a list whose cursor is a place in it. */
const paged = <T>(items: readonly T[], size: number, cursor = '0'): Page<T> => {
  const end = Number(cursor) + size;
  return { items: items.slice(Number(cursor), end), ...(end < items.length ? { cursor: String(end) } : {}) };
};

/** Record and vault as they stand, in pages of such sizes. */
export const trailOf = (
  events: readonly AuditEvent[],
  copies: readonly AuditCopy[],
  sizes = { events: 200, copies: 200 },
  strays?: string[],
): AuditTrail => ({
  events: async (after, cursor) =>
    cursor === undefined && after > 0
      ? paged(
          events.filter(({ sequence }) => sequence > after),
          sizes.events,
        )
      : paged(events, sizes.events, cursor),
  copies: async (cursor): Promise<CopiesPage> => ({
    ...paged(copies, sizes.copies, cursor),
    ...(strays ? { strays } : {}),
  }),
});

export const without = <T extends { readonly sequence: number }>(list: readonly T[], ...sequences: number[]): T[] =>
  list.filter(({ sequence }) => !sequences.includes(sequence));
export const replaced = <T extends { readonly sequence: number }>(list: readonly T[], by: T): T[] =>
  list.map((one) => (one.sequence === by.sequence ? by : one));
