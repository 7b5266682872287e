import cluster, { type Worker } from 'node:cluster';
import type { ServeOptions } from './options';
import { log, startServer } from './start-server';

/** A worker that dies sooner than this after its start did not come to serve. */
const HEALTHY_AFTER_MS = 10_000;
const RESTART_AFTER_MS = 1000;
/** So many workers that die before they serve end the server. */
const MAX_FAILED_STARTS = 3;

/** What a worker says to the process that started it. */
type Said =
  | { readonly type: 'listening'; readonly port: number; readonly models: readonly string[] }
  | {
      readonly type: 'failed';
      readonly message: string;
    };

export interface Serving {
  readonly port: number;
  readonly models: readonly string[];
  /** When the server has ended by itself. @throws Error with the reason */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A worker's own life: it serves until it is told to stop. */
export const runWorker = async (options: ServeOptions): Promise<void> => {
  // Ctrl-C reaches the whole group; the process that started this one says when.
  process.on('SIGINT', () => undefined);
  try {
    const server = await startServer(options);
    process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
    process.once('disconnect', () => void server.stop().then(() => process.exit(0)));
    process.send?.({ type: 'listening', port: server.port, models: server.models } satisfies Said);
  } catch (error) {
    process.send?.({ type: 'failed', message: (error as Error).message } satisfies Said, () => process.exit(1));
  }
};

/** Keeps `count` workers serving on one port. */
class Workers {
  private isStopping = false;
  private failedStarts = 0;
  private end: (error?: Error) => void = () => undefined;
  readonly ended = new Promise<void>((resolve, reject) => {
    this.end = (error) => (error ? reject(error) : resolve());
  });

  /** All of the workers at work. */
  start(count: number): Promise<Extract<Said, { type: 'listening' }>> {
    return new Promise((resolve, reject) => {
      this.ended.catch(reject);
      let listening = 0;
      for (let i = 0; i < count; i++) {
        this.fork((said) => {
          if (++listening === count) resolve(said);
        });
      }
    });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const alive = Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker !== undefined);
    await Promise.all(
      alive.map(
        (worker) =>
          new Promise<void>((resolve) => {
            worker.once('exit', () => resolve());
            worker.process.kill('SIGTERM');
          }),
      ),
    );
    this.end();
  }

  private fork(onListening: (said: Extract<Said, { type: 'listening' }>) => void): void {
    const worker = cluster.fork();
    const startedAt = Date.now();
    let reason: string | undefined;
    worker.on('message', (said: Said) => {
      if (said.type === 'listening') onListening(said);
      else reason = said.message;
    });
    worker.on('exit', (code, signal) => {
      if (this.isStopping) return;
      const wasHealthy = Date.now() - startedAt > HEALTHY_AFTER_MS;
      this.failedStarts = wasHealthy ? 0 : this.failedStarts + 1;
      if (reason !== undefined || this.failedStarts >= MAX_FAILED_STARTS) {
        void this.stop();
        this.end(new Error(reason ?? `workers end as soon as they start (${signal ?? code})`));
        return;
      }
      log('error', 'a worker ended and is started again', { pid: worker.process.pid, reason: signal ?? code });
      setTimeout(() => !this.isStopping && this.fork(() => undefined), RESTART_AFTER_MS);
    });
  }
}

/**
 * Serves in this process, or in several that share the port.
 * @throws Error with what to change: a model that cannot be read, a busy port
 */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  if (options.workers === 1) {
    const { port, models, stop } = await startServer(options);
    return { port, models, stop, ended: new Promise(() => undefined) };
  }
  const workers = new Workers();
  const { port, models } = await workers.start(options.workers);
  return { port, models, ended: workers.ended, stop: () => workers.stop() };
};

/** Resolves with the first signal that asks the process to stop. */
export const stopSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.once(signal, resolve);
  });
