import { LRUCache } from 'lru-cache';
import { logger } from '../../kernel/logger';
import type { ScoringEvent, ScoringEvents } from '../ports';

/** The same event of the same model is logged once in this time; each request's own line says how it went in any case. */
const QUIET_MS = 10_000;
const MAX_KINDS = 1000;

/** One warning a line; its message is the event's name, by which a metric filter or Logs Insights finds it. */
export class LoggedEvents implements ScoringEvents {
  /** Events kept quiet since the last line of their kind. */
  private readonly quiet = new LRUCache<string, { readonly since: number; suppressed: number }>({ max: MAX_KINDS });

  constructor(private readonly now: () => number = Date.now) {}

  report(event: ScoringEvent): void {
    const { name, ...facts } = event;
    const kind = `${name}/${event.model}`;
    const last = this.quiet.get(kind);
    if (last !== undefined && this.now() - last.since < QUIET_MS) {
      last.suppressed++;
      return;
    }
    this.quiet.set(kind, { since: this.now(), suppressed: 0 });
    const cause = 'cause' in facts ? { cause: describe(facts.cause) } : {};
    logger.warn(name, { ...facts, ...cause, suppressed: last?.suppressed ?? 0 });
  }
}

const describe = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
