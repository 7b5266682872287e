import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsEnvironment, bootstrap, deploy } from './deploy';
import { type Emulator, runningEmulator, startEmulator, stopEmulator } from './emulator';
import { LocalFailure } from './failure';
import { seedIdentities } from './identities';
import { type Progress, silent } from './progress';
import { ensureVenv } from './python';

export const ROOT = join(__dirname, '..');
export const DEFAULT_DIR = join(ROOT, '.local');
export const DEFAULT_PORT = 4566;
const API_TIMEOUT_MS = 30_000;

export interface PlatformOptions {
  /** Folder of this platform's state. @default .local */
  readonly dir?: string;
  /** @default CONTENDER_PORT, or 4566 */
  readonly port?: number;
  /** @default nothing is printed */
  readonly progress?: Progress;
}

export interface Platform {
  readonly dir: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Environment in which any AWS client finds the platform with the account's own rights. */
  readonly awsEnv: Readonly<Record<string, string>>;
}

const chosenPort = (options: PlatformOptions): number =>
  options.port ?? Number(process.env.CONTENDER_PORT ?? DEFAULT_PORT);

/** A deployment was whole when this was written; it is removed before a deployment starts. */
const readyFile = (dir: string): string => join(dir, 'outputs.json');

/** The running emulator, if it is ours, on the port asked for, and was bootstrapped; otherwise a new one. */
const emulatorFor = async (
  dir: string,
  port: number,
  bin: string,
  progress: Progress,
): Promise<{ emulator: Emulator; fresh: boolean }> => {
  const running = runningEmulator(dir);
  if (running && running.port === port && existsSync(join(dir, 'bootstrapped')))
    return { emulator: running, fresh: false };
  await stopEmulator(dir);
  rmSync(join(dir, 'bootstrapped'), { force: true });
  const emulator = await progress.step(`starting the embedded AWS on 127.0.0.1:${port}`, () =>
    startEmulator(dir, bin, port),
  );
  return { emulator, fresh: true };
};

const apiAnswers = async (url: string): Promise<void> => {
  for (const end = Date.now() + API_TIMEOUT_MS; Date.now() < end; ) {
    const status = await fetch(`${url}/v2/health/ready`, { signal: AbortSignal.timeout(5000) }).then(
      (r) => r.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((tick) => setTimeout(tick, 100));
  }
  throw new LocalFailure(
    `the platform was deployed, but ${url}/v2/health/ready does not answer; npm run local:down and try again`,
  );
};

/** Stack outputs speak of AWS's hosts; here everything is behind one port. */
const localOutputs = (outputs: Readonly<Record<string, string>>, port: number): Record<string, string> => {
  const endpointUrl = `http://localhost:${port}`;
  const apiUrl = `${endpointUrl}/_aws/execute-api/${outputs.apiId}/$default`;
  return { ...outputs, endpointUrl, apiUrl, tokenUrl: `${endpointUrl}/oauth2/token` };
};

/**
 * Brings the platform up: environment, embedded AWS, `cdk bootstrap`, `cdk deploy`, identities. What is up already is
 * brought up to date. Interrupted anywhere, the next call starts over from what was whole.
 * @throws LocalFailure in one sentence
 */
export const startPlatform = async (options: PlatformOptions = {}): Promise<Platform> => {
  const { dir = DEFAULT_DIR, progress = silent } = options;
  const port = chosenPort(options);
  mkdirSync(dir, { recursive: true });
  rmSync(readyFile(dir), { force: true });
  rmSync(join(dir, 'deploy.log'), { force: true });
  const bin = await progress.step('preparing a private Python environment', () =>
    ensureVenv(join(DEFAULT_DIR, 'venv'), join(__dirname, 'requirements.txt')),
  );
  const { fresh } = await emulatorFor(dir, port, bin, progress);
  if (fresh) {
    await progress.step('cdk bootstrap', (detail) => bootstrap(dir, port, detail));
    writeFileSync(join(dir, 'bootstrapped'), '');
  }
  const outputs = localOutputs(await progress.step('cdk deploy', (detail) => deploy(dir, port, detail)), port);
  await progress.step('seeding identities', () => seedIdentities(dir, outputs.endpointUrl ?? '', outputs));
  await progress.step('waiting for the API', () => apiAnswers(outputs.apiUrl ?? ''));
  writeFileSync(readyFile(dir), `${JSON.stringify(outputs, null, 2)}\n`);
  return { dir, outputs, awsEnv: awsEnvironment(port) };
};

/** Stops the platform of a folder; its state is gone with it. @returns whether one was running */
export const stopPlatform = async (options: Pick<PlatformOptions, 'dir'> = {}): Promise<boolean> => {
  const { dir = DEFAULT_DIR } = options;
  for (const file of ['outputs.json', 'bootstrapped']) rmSync(join(dir, file), { force: true });
  return stopEmulator(dir);
};

/** What a running platform wrote about itself. @throws LocalFailure when none is up */
export const readOutputs = (dir: string = DEFAULT_DIR): Record<string, string> => {
  if (!existsSync(readyFile(dir))) throw new LocalFailure('no local platform is up; start it with npm run local:up');
  return JSON.parse(readFileSync(readyFile(dir), 'utf8'));
};
