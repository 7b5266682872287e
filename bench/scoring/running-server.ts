import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cores } from './cores';
import type { Model } from './models';
import { MADE } from './places';
import { processorMs, residentMb } from './process-tree';
import type { Server } from './server';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;
const LOOK_EVERY_MS = 5;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that cannot be measured: it does not start, or answers wrongly. */
export class ServerFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ServerFailed';
  }
}

const groups = new Set<number>();
/** Whether the group was there; 0 asks only that. */
const signal = (group: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
};
// Whatever ends the benchmark ends the server that it measures, with the processes that one has started.
process.on('exit', () => {
  for (const group of groups) signal(group, 'SIGKILL');
});

const freePorts = async (count: number): Promise<number[]> => {
  const probes = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    probes.map(
      (probe) =>
        new Promise<number>((resolve) =>
          probe.listen(0, '127.0.0.1', () => {
            const address = probe.address();
            resolve(typeof address === 'object' && address ? address.port : 0);
          }),
        ),
    ),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
};

/** One server that serves one model. */
export class RunningServer {
  readonly url: string;
  /** From the start of the process to the first right prediction. */
  startUpMs = Number.NaN;

  private constructor(
    readonly server: Server,
    readonly model: Model,
    private readonly child: ChildProcess,
    port: number,
    private readonly folder: string,
    private readonly log: string,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @throws ServerFailed */
  static async start(server: Server, model: Model, cores: Cores): Promise<RunningServer> {
    const [port = 0, ...spare] = await freePorts(3);
    const folder = mkdtempSync(join(tmpdir(), 'contender-bench-'));
    const log = join(MADE, 'logs', `${server.name}-${model.name}.log`);
    mkdirSync(join(MADE, 'logs'), { recursive: true });
    const place = { model, port, folder, spare: [spare[0] ?? 0, spare[1] ?? 0] } as const;
    const { command, args, cwd, env } = cores.onServerCore(server.command(place));
    const output = openSync(log, 'w');
    const startedAt = performance.now();
    const child = spawn(command, [...args], {
      cwd: cwd ?? folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, output],
      detached: true,
    });
    child.on('error', () => {});
    closeSync(output);
    if (child.pid !== undefined) groups.add(child.pid);
    const running = new RunningServer(server, model, child, port, folder, log);
    try {
      await running.awaitPrediction();
    } catch (error) {
      await running.stop();
      throw error;
    }
    running.startUpMs = performance.now() - startedAt;
    return running;
  }

  private async awaitPrediction(): Promise<void> {
    for (const end = performance.now() + START_TIMEOUT_MS; performance.now() < end; await pause(LOOK_EVERY_MS)) {
      if (this.child.pid === undefined || this.child.exitCode !== null)
        throw new ServerFailed(`ended while starting: ${this.lastWords()}`);
      if (!(await this.isReady())) continue;
      return this.check(0);
    }
    throw new ServerFailed(`was not ready within ${START_TIMEOUT_MS / 1000} s: ${this.lastWords()}`);
  }

  private isReady(): Promise<boolean> {
    return fetch(this.url + this.server.readyPath).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
  }

  /** Asks for golden row number `row`. @throws ServerFailed when the answer is not the golden one */
  async check(row: number): Promise<void> {
    const { protocol } = this.server;
    const { golden, name } = this.model;
    const response = await fetch(this.url + protocol.path(name), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(protocol.question(golden.rows[row] ?? [])),
    });
    const text = await response.text();
    if (!response.ok) throw new ServerFailed(`answered ${response.status}: ${text.slice(0, 300)}`);
    if (!protocol.isRight(JSON.parse(text), golden, row))
      throw new ServerFailed(`answered golden row ${row} wrongly: ${text.slice(0, 300)}`);
  }

  residentMb(): number {
    return residentMb(this.child.pid ?? -1);
  }

  /** Processor time so far, of the server and what it has started; undefined where that cannot be told. */
  processorMs(): number | undefined {
    return processorMs(this.child.pid ?? -1);
  }

  async stop(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined) {
      signal(pid, 'SIGTERM');
      for (const end = performance.now() + STOP_TIMEOUT_MS; signal(pid, 0) && performance.now() < end; )
        await pause(LOOK_EVERY_MS);
      signal(pid, 'SIGKILL');
      groups.delete(pid);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private lastWords(): string {
    return readFileSync(this.log, 'utf8').trim().split('\n').slice(-3).join(' ').slice(-400) || 'it said nothing';
  }
}
