import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PythonNeed } from '../../local/python';

const ROOT = resolve(__dirname, '../..');
export const ENVIRONMENT = join(ROOT, '.local/clients');
export const REQUIREMENTS = join(__dirname, 'requirements.txt');
export const PYTHON_NEED: PythonNeed = {
  what: 'the clients',
  candidates: ['python3.12', 'python3.11', 'python3', 'python'],
  oldest: [3, 11],
};

/** The client of MLflow 2 has an environment of its own: both versions are one package. */
export const MLFLOW2_ENVIRONMENT = join(ROOT, '.local/clients-mlflow2');
export const MLFLOW2_REQUIREMENTS = join(__dirname, 'requirements-mlflow2.txt');
export const MLFLOW2_PYTHON = join(MLFLOW2_ENVIRONMENT, 'bin/python');

/** Its commands have to be asked for as modules: the environment was moved to its place. */
export const PYTHON = join(ENVIRONMENT, 'bin/python');
const run = promisify(execFile);

/** What a client's script prints as its last line, as JSON; it fails with what the script wrote. */
export const client = async <T>(script: string, ...args: readonly string[]): Promise<T> => {
  const { stdout } = await run(PYTHON, [join(__dirname, script), ...args], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

/** Runs a command of the clients' environment in a folder, where it may leave what it likes. */
export const command = (name: string, args: readonly string[], cwd: string): Promise<{ stdout: string }> =>
  // Its script names the place where the environment was made, so that it cannot be started itself.
  run(PYTHON, [join(dirname(PYTHON), name), ...args], { cwd, maxBuffer: 2 ** 26 });

export interface Served {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts a process and waits until `url` finds its address in what it has printed. */
const started = async (child: ChildProcess, url: (printed: string) => string | undefined): Promise<Served> => {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      printed += chunk;
    });
  }
  while (url(printed) === undefined) {
    if (child.exitCode !== null) throw new Error(`it ended before it served: ${printed}`);
    await sleep(50);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { url: url(printed) ?? '', stop };
};

/** `contender serve` as its user starts it. */
export const serve = (...args: readonly string[]): Promise<Served> =>
  started(
    spawn(process.execPath, [join(ROOT, 'dist/contender.cjs'), 'serve', ...args, '--port', '0', '--workers', '1']),
    (printed) => /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0],
  );
