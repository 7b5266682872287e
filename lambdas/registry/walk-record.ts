import type { Page } from '../kernel/contract';
import type { AuditEvent } from './contract';
import { isWhole } from './domain/audit-chain';

export interface RecordPorts {
  /** Events of a model behind a sequence, the oldest first. */
  readonly events: (model: string, after: number, cursor?: string) => Promise<Page<AuditEvent>>;
  /** Whether there is time for another page. */
  readonly hasTime: () => boolean;
}

/**
 * Goes through a model's record a page at a time, the oldest events first. Items that are no event with its own hash are only counted.
 * @returns the sequence to go on behind, when time did not suffice for all
 */
export const walkRecord = async (
  { model, after }: { readonly model: string; readonly after: number },
  { events, hasTime }: RecordPorts,
  visit: (whole: readonly AuditEvent[], forged: number) => Promise<void>,
): Promise<number | undefined> => {
  let seen = after;
  let cursor: string | undefined;
  do {
    if (!hasTime()) return seen;
    const page: Page<AuditEvent> = await events(model, after, cursor);
    const whole = page.items.filter(isWhole);
    await visit(whole, page.items.length - whole.length);
    seen = whole.at(-1)?.sequence ?? seen;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return undefined;
};
