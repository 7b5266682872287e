import type { ChallengerAnswer } from '../ports';

/** First pause after a failure; each further one doubles it. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A challenger that has not failed for so long starts again at the first pause. */
const FORGIVEN_AFTER_MS = 300_000;

type Status =
  /** Not loaded, and nothing is under way. */
  | 'absent'
  | 'loading'
  | 'ready'
  /** Its own doing: it did not load, or the process died at its work. */
  | 'failed';

/** How far one challenger is in its process. */
export class HostedChallenger {
  status: Status = 'absent';
  /** Its graph lies on disk. */
  copied = false;
  /** How long callers have waited for this load altogether, in milliseconds. */
  waitedMs = 0;
  private reason = '';
  private isToBlame = false;
  private retryAt = 0;
  private failures = 0;
  private failedAt = 0;
  private waiting: (() => void)[] = [];

  mayStart(now: number): boolean {
    return (this.status === 'absent' || this.status === 'failed') && now >= this.retryAt;
  }

  start(): void {
    if (!this.isToBlame) this.waitedMs = 0;
    this.status = 'loading';
  }

  ready(): void {
    this.status = 'ready';
    this.isToBlame = false;
    this.wake();
  }

  /** Why it cannot score now. A challenger that failed counts as failed until it is back: alone it would answer nobody. */
  absence(): ChallengerAnswer {
    return this.isToBlame ? { status: 'lost', reason: this.reason } : { status: 'loading' };
  }

  fail(reason: string, now: number): void {
    this.failures = now - this.failedAt > FORGIVEN_AFTER_MS ? 1 : this.failures + 1;
    this.failedAt = now;
    this.retryAt = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.failures - 1));
    this.status = 'failed';
    this.isToBlame = true;
    this.reason = reason;
    this.wake();
  }

  /** Try again later, through no fault of the challenger's. */
  postpone(now: number): void {
    this.status = 'absent';
    this.retryAt = now + FIRST_PAUSE_MS;
    this.wake();
  }

  /** Its process ended by another's doing. */
  reset(): void {
    if (this.status === 'ready') this.status = 'absent';
  }

  /** Waits for a load under way, at most `ms`. */
  async waitUntilLoaded(ms: number): Promise<void> {
    if (this.status !== 'loading' || ms <= 0) return;
    const from = Date.now();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.waitedMs += Date.now() - from;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
