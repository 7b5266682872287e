import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type EmulatorRecord, isRunning, readRecord, removeRecord, writeRecord } from './emulator-record';
import { LocalFailure } from './failure';
import { isPortBusy } from './ports';

const HEALTH_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** How long an idle function keeps its process, in seconds. */
const WARM_SECONDS = 600;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const isHealthy = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/_ministack/health`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );

/** The emulator that this folder started, if it still runs. */
export const runningEmulator = async (dir: string): Promise<EmulatorRecord | undefined> => {
  const record = readRecord(dir);
  return record && (await isRunning(record.pid)) ? record : undefined;
};

/**
 * Only what it needs: the rest would leak into the functions it runs. Its home is a folder of its own, so that the
 * developer's ~/.aws changes nothing; the Node that runs this also runs the functions.
 */
const cleanEnvironment = (scratch: string, port: number): Record<string, string> => ({
  PATH: [dirname(process.execPath), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter),
  HOME: scratch,
  TMPDIR: scratch,
  STATE_DIR: join(scratch, 'state'),
  S3_DATA_DIR: join(scratch, 's3'),
  LANG: 'C.UTF-8',
  GATEWAY_PORT: String(port),
  BIND_HOST: '127.0.0.1',
  AUTH: 'true',
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
  LAMBDA_WARM_TTL_SECONDS: String(WARM_SECONDS),
});

const scratchIn = (dir: string): string => join(dir, 'scratch');

const untilHealthy = async (pid: number, port: number): Promise<boolean> => {
  for (const end = Date.now() + HEALTH_TIMEOUT_MS; Date.now() < end; await pause(50)) {
    if (await isHealthy(port)) return true;
    // It needs a moment from fork to exec, during which it is not yet recognisable.
    if (Date.now() > end - HEALTH_TIMEOUT_MS + 1000 && !(await isRunning(pid))) return false;
  }
  return false;
};

export interface EmulatorOptions {
  readonly dir: string;
  readonly port: number;
  /** Python of the environment that the emulator is installed in. */
  readonly python: string;
  readonly root: string;
  readonly stamp: string;
}

/**
 * Starts the embedded AWS on loopback, apart from this process, and waits until it answers.
 * @throws LocalFailure when the port is taken or it does not come up
 */
export const startEmulator = async (options: EmulatorOptions): Promise<EmulatorRecord> => {
  const { dir, port, python, root, stamp } = options;
  if (await isPortBusy(port))
    throw new LocalFailure(`port ${port} is taken by another program; choose another with --port or CONTENDER_PORT`);
  rmSync(scratchIn(dir), { recursive: true, force: true });
  mkdirSync(scratchIn(dir), { recursive: true });
  const log = openSync(join(dir, 'emulator.log'), 'w', 0o600);
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: scratchIn(dir),
    env: cleanEnvironment(scratchIn(dir), port),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined)
    throw new LocalFailure(`the embedded AWS could not be started with ${python}; delete .local and try again`);
  const record: EmulatorRecord = { pid: child.pid, port, root, stamp, state: 'started' };
  writeRecord(dir, record);
  if (await untilHealthy(record.pid, port)) return record;
  await stopEmulator(dir);
  throw new LocalFailure(`the embedded AWS did not come up on port ${port}; ${join(dir, 'emulator.log')} says why`);
};

/** To the process and the functions it runs: it leads a group of its own. */
const signal = (pid: number, name: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(-pid, name);
  } catch {
    // The whole group is gone.
  }
};

/** Stops the emulator that this folder started; its state is gone with it. @returns whether one was running */
export const stopEmulator = async (dir: string): Promise<boolean> => {
  const emulator = await runningEmulator(dir);
  if (emulator) {
    signal(emulator.pid, 'SIGTERM');
    for (const end = Date.now() + STOP_TIMEOUT_MS; Date.now() < end; await pause(50))
      if (!(await isRunning(emulator.pid))) break;
    signal(emulator.pid, 'SIGKILL');
  }
  removeRecord(dir);
  rmSync(scratchIn(dir), { recursive: true, force: true, maxRetries: 3 });
  return emulator !== undefined;
};
