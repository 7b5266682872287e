import type { Page } from '../kernel/contract';
import type { AuditEvent, CopiesPage } from './contract';
import {
  type AuditFault,
  type Comparison,
  compareEnd,
  compareNext,
  type Expectation,
  UNCOMPARED,
} from './domain/audit-copies';

/** A model's record and its copies, as whoever verifies reads them. */
export interface AuditTrail {
  /** Events behind a sequence, the oldest first. */
  events(after: number, cursor?: string): Promise<Page<AuditEvent>>;
  /** Copies, the oldest first. */
  copies(cursor?: string): Promise<CopiesPage>;
}

export interface AuditVerdict extends Omit<Comparison, 'unaccounted'> {
  /** The first fault; without one the chain is whole. */
  readonly fault?: AuditFault;
  /** Keys beside the copies that no copy has; the first few. */
  readonly strays: readonly string[];
}

/** More say nothing new. */
const STRAYS_TOLD = 10;

/** A list that is read a page at a time, as far as it is looked at. */
class Reading<T> {
  private items: T[] = [];
  private cursor: string | undefined;
  private hasMore = true;

  constructor(private readonly read: (cursor?: string) => Promise<Page<T>>) {}

  /** The item so many places ahead; undefined where the list ends before. */
  async peek(ahead = 0): Promise<T | undefined> {
    while (this.items.length <= ahead && this.hasMore) {
      const page = await this.read(this.cursor);
      this.items.push(...page.items);
      this.cursor = page.cursor;
      this.hasMore = page.cursor !== undefined;
    }
    return this.items[ahead];
  }

  take(): void {
    this.items.shift();
  }

  /** Looks again whether anything has come where the list ended. */
  resume(): void {
    this.hasMore = true;
  }
}

/**
 * Reads record and vault side by side, a page of each at a time, and compares them up to the first fault. Whatever comes meanwhile is taken in, or is young.
 * @throws whatever the trail throws
 */
export const verifyAudit = async (trail: AuditTrail, by: Expectation): Promise<AuditVerdict> => {
  let done = UNCOMPARED;
  const strays = new Set<string>();
  const copies = new Reading(async (cursor) => {
    const page = await trail.copies(cursor);
    for (const stray of page.strays ?? []) if (strays.size < STRAYS_TOLD) strays.add(stray);
    return page;
  });
  const events = new Reading((cursor) => trail.events(done.events, cursor));
  const told = (fault: AuditFault | undefined): AuditVerdict => {
    const { unaccounted: _, ...facts } = done;
    return { ...facts, strays: [...strays], ...(fault === undefined ? {} : { fault }) };
  };
  for (;;) {
    const copy = await copies.peek();
    // The copy may be of an event that came after the record was seen to end.
    if (copy !== undefined && (await events.peek()) === undefined) events.resume();
    const event = await events.peek();
    if (event === undefined && copy === undefined) return told(compareEnd(done, by));
    const next = compareNext(done, { event, following: await events.peek(1), copy }, by);
    if ('fault' in next) return told(next);
    done = next;
    events.take();
    if (copy?.sequence === done.events) copies.take();
  }
};
