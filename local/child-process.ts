import { type ChildProcess, spawn } from 'node:child_process';
import type { WriteStream } from 'node:fs';

export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Keeps all that is printed. */
  readonly log?: WriteStream;
  /** Called with each line, as it is printed. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  /** Exit code; -1 when the command could not be started or was killed by a signal. */
  readonly code: number;
  /** The end of what was printed, on both streams. */
  readonly printed: string;
}

/** How much of what was printed is kept for finding a reason, in characters. */
const KEPT = 100_000;

const running = new Set<ChildProcess>();

// Whatever ends this process ends what it runs; the emulator alone is meant to outlive it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Runs a command to its end; never throws for what the command does. */
export const run = ({ command, args, cwd, env, log, onLine }: Run): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        log?.write(text);
        printed = (printed + text).slice(-KEPT);
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine?.(line);
      });
    }
    const end = (code: number): void => {
      running.delete(child);
      resolve({ code, printed });
    };
    child.once('error', (error) => {
      printed += error.message;
      end(-1);
    });
    child.once('close', (code) => end(code ?? -1));
  });
