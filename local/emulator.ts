import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LocalFailure } from './failure';

const HEALTH_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** The embedded AWS as one process: where it listens, and what stops it. */
export interface Emulator {
  readonly pid: number;
  readonly port: number;
}

const recordFile = (dir: string): string => join(dir, 'emulator.json');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether something listens on the port already. */
export const isPortBusy = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
  });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch (error) {
    // No /proc on this system: the signal's answer alone decides.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self');
  }
};

const isHealthy = async (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/_ministack/health`, { signal: AbortSignal.timeout(2000) }).then(
    (r) => r.ok,
    () => false,
  );

/** The emulator that this folder started and that still runs. */
export const runningEmulator = (dir: string): Emulator | undefined => {
  if (!existsSync(recordFile(dir))) return undefined;
  const emulator = JSON.parse(readFileSync(recordFile(dir), 'utf8')) as Emulator;
  return isAlive(emulator.pid) ? emulator : undefined;
};

/** Only what it needs: the rest would leak into the functions it runs. */
const cleanEnvironment = (port: number): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: process.env.HOME ?? '/tmp',
  GATEWAY_PORT: String(port),
  BIND_HOST: '127.0.0.1',
  AUTH: 'true',
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
  LAMBDA_WARM_TTL_SECONDS: '3600',
});

/** Starts the embedded AWS on loopback, apart from this process, and waits until it answers. */
export const startEmulator = async (dir: string, bin: string, port: number): Promise<Emulator> => {
  if (await isPortBusy(port))
    throw new LocalFailure(`port ${port} is taken by another program; choose another with --port or CONTENDER_PORT`);
  mkdirSync(dir, { recursive: true });
  const log = openSync(join(dir, 'emulator.log'), 'w');
  const child = spawn(join(bin, 'ministack'), [], {
    env: cleanEnvironment(port),
    stdio: ['ignore', log, log],
    detached: true,
  });
  child.unref();
  if (child.pid === undefined)
    throw new LocalFailure(`the embedded AWS could not be started from ${bin}; delete .local and try again`);
  const emulator = { pid: child.pid, port };
  writeFileSync(recordFile(dir), JSON.stringify(emulator));
  for (const end = Date.now() + HEALTH_TIMEOUT_MS; Date.now() < end; await pause(100)) {
    if (await isHealthy(port)) return emulator;
    if (!isAlive(emulator.pid)) break;
  }
  await stopEmulator(dir);
  throw new LocalFailure(`the embedded AWS did not come up on port ${port}; ${join(dir, 'emulator.log')} says why`);
};

/** Stops the emulator that this folder started. @returns whether one was running */
export const stopEmulator = async (dir: string): Promise<boolean> => {
  const emulator = runningEmulator(dir);
  rmSync(recordFile(dir), { force: true });
  if (!emulator) return false;
  // The process leads a group of its own, with the functions it runs.
  process.kill(-emulator.pid, 'SIGTERM');
  for (const end = Date.now() + STOP_TIMEOUT_MS; Date.now() < end; await pause(50)) if (!isAlive(emulator.pid)) break;
  try {
    process.kill(-emulator.pid, 'SIGKILL');
  } catch {
    // The whole group is gone.
  }
  return true;
};
