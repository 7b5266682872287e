import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from './server';

const WINDOW_MS = 200;
/** Others may take this share of one core before a measurement waits for them. */
const QUIET = 0.15;
const LONGEST_WAIT_MS = 10_000;

/** `0-3,6` → 0, 1, 2, 3, 6. */
const numbersIn = (list: string): number[] =>
  list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });

const allowedCores = (): number[] => {
  const { stdout } = spawnSync('taskset', ['-p', '-c', String(process.pid)], { encoding: 'utf8' });
  const list = /: ([\d,-]+)\s*$/.exec(stdout ?? '')?.[1];
  return list === undefined ? [] : numbersIn(list);
};

/**
 * A core for the load generator and one for the server, where the system has `taskset`. Left alone, Linux now and then puts both
 * on one core: then latency at one connection halves, and so does throughput, from one burst to the next.
 */
export class Cores {
  private constructor(private readonly forServers: number | undefined) {}

  /** Moves this process to the first of its cores; servers get the last. */
  static divide(): Cores {
    const allowed = allowedCores();
    const [own] = allowed;
    if (own === undefined || allowed.length < 2) return new Cores(undefined);
    spawnSync('taskset', ['-a', '-p', '-c', String(own), String(process.pid)]);
    return new Cores(allowed.at(-1));
  }

  get areDivided(): boolean {
    return this.forServers !== undefined;
  }

  /** The same command, on the servers' core. */
  onServerCore<T extends Pick<Command, 'command' | 'args'>>(command: T): T {
    if (this.forServers === undefined) return command;
    const args = ['-c', String(this.forServers), command.command, ...command.args];
    return { ...command, command: 'taskset', args };
  }
}

const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

/** Share of one core that others take while this process rests. */
export const othersShare = async (): Promise<number> => {
  const before = busyMs();
  const startedAt = performance.now();
  await pause(WINDOW_MS);
  return (busyMs() - before) / (performance.now() - startedAt);
};

/** How long a run may wait for others, or measure again what they disturbed. */
export class Patience {
  constructor(private leftMs: number) {}

  get isOver(): boolean {
    return this.leftMs <= 0;
  }

  spend(ms: number): void {
    this.leftMs -= ms;
  }

  /** Waits, for a while, until nobody else is at work here. @returns the share of one core that others took in the end */
  async awaitQuiet(): Promise<number> {
    const startedAt = performance.now();
    for (const end = startedAt + Math.min(LONGEST_WAIT_MS, this.leftMs); ; ) {
      const share = await othersShare();
      if (share > QUIET && performance.now() < end) continue;
      // The first look is always taken.
      this.spend(performance.now() - startedAt - WINDOW_MS);
      return share;
    }
  }
}
