import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { awsEnvironment, logIn, REGION } from './cdk';
import { bootstrap, deploy, synthesize } from './deploy';
import { isHealthy, pause, runningEmulator, startEmulator, stopEmulator } from './emulator';
import { type EmulatorRecord, readRecord, writeRecord, writeWhole } from './emulator-record';
import { LocalFailure } from './failure';
import { seedIdentities } from './identities';
import { exclusively } from './lock';
import { localOutputs, type Outputs } from './outputs';
import { DEFAULT_PORT, parsePort } from './ports';
import { type Progress, silent } from './progress';
import { ensureVenv, stampOf } from './python';
import { type Token, tokenKeeper } from './tokens';

export const ROOT = join(__dirname, '..');
export const DEFAULT_DIR = join(ROOT, '.local');
const REQUIREMENTS = join(__dirname, 'requirements.txt');
const API_TIMEOUT_MS = 30_000;

export interface PlatformOptions {
  /** Folder of this platform's state. @default .local */
  readonly dir?: string;
  /** @default CONTENDER_PORT, else the port that this folder's platform runs on, else 4566 */
  readonly port?: number;
  /** Config of Contender on top of what every local platform has. @default none */
  readonly config?: object;
  /** @default nothing is printed */
  readonly progress?: Progress;
}

export interface Platform {
  readonly dir: string;
  readonly outputs: Outputs;
  /** Environment in which any AWS client finds the platform with the account's own rights. */
  readonly awsEnv: Readonly<Record<string, string>>;
  /** A bearer token of one of the local identities: a role's name, `data-scientist-2`, `reviewer-2` or `app`. */
  tokenFor(identity: string): Promise<Token>;
  stop(): Promise<void>;
}

const outputsFile = (dir: string): string => join(dir, 'outputs.json');

/** What starting one platform is about. */
interface Start {
  readonly dir: string;
  readonly port: number;
  readonly stamp: string;
  readonly progress: Progress;
  readonly config: object | undefined;
  /** Runs already, and takes another deployment. */
  readonly reusable: EmulatorRecord | undefined;
}

const requestedPort = (options: PlatformOptions): number | undefined => {
  const text = process.env.CONTENDER_PORT;
  return options.port ?? (text ? parsePort(text, 'CONTENDER_PORT') : undefined);
};

/** Decides on the port, and on whether what runs already is reused. @throws LocalFailure when it runs on another port */
const plan = async (options: PlatformOptions): Promise<Start> => {
  const { dir = DEFAULT_DIR, progress = silent, config } = options;
  const stamp = stampOf(REQUIREMENTS);
  const requested = requestedPort(options);
  const running = await runningEmulator(dir);
  const isWhole = running?.state === 'whole' && running.root === ROOT && running.stamp === stamp;
  const reusable = isWhole && (await isHealthy(running.port)) ? running : undefined;
  if (reusable && requested !== undefined && requested !== reusable.port)
    throw new LocalFailure(
      `the platform runs on port ${reusable.port} already; stop it with npm run local:down, or leave the port out`,
    );
  return { dir, progress, config, stamp, reusable, port: requested ?? reusable?.port ?? DEFAULT_PORT };
};

/** A new emulator, with its account ready for `cdk deploy`. */
const freshEmulator = async ({ dir, port, stamp, progress, config }: Start): Promise<EmulatorRecord> => {
  if (await stopEmulator(dir)) progress.line('an earlier start did not end well; starting anew');
  rmSync(outputsFile(dir), { force: true });
  const python = await progress.step('Python environment', (detail) =>
    ensureVenv(join(DEFAULT_DIR, 'venv'), REQUIREMENTS, detail),
  );
  const emulator = await progress.step(`embedded AWS on 127.0.0.1:${port}`, () =>
    startEmulator({ dir, port, python, root: ROOT, stamp }),
  );
  await progress.step('cdk bootstrap', (detail) => bootstrap({ root: ROOT, dir, port, config, detail }));
  return emulator;
};

/** Both at once; the first failure is told when both have come to rest, so that nothing is left running. */
const together = async <A>(a: Promise<A>, b: Promise<void>): Promise<A> => {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return first.value;
};

const apiAnswers = async (url: string): Promise<void> => {
  let last = 'nothing';
  for (const end = Date.now() + API_TIMEOUT_MS; Date.now() < end; await pause(100)) {
    last = await fetch(`${url}/v2/health/ready`, { signal: AbortSignal.timeout(10_000) }).then(
      (response) => `HTTP ${response.status}`,
      (error: Error) => error.message,
    );
    if (last === 'HTTP 200') return;
  }
  throw new LocalFailure(`the platform was deployed, but ${url}/v2/health/ready answers ${last}`);
};

const bringUp = async (start: Start): Promise<Outputs> => {
  const { dir, port, progress, config } = start;
  rmSync(logIn(dir), { force: true });
  const place = (detail: (text: string) => void) => ({ root: ROOT, dir, port, config, detail });
  const emulator = await together(
    start.reusable ? Promise.resolve(start.reusable) : freshEmulator(start),
    progress.step('cdk synth', (detail) => synthesize(place(detail))),
  );
  writeRecord(dir, { ...emulator, state: 'deploying' });
  const stacks = await progress.step('cdk deploy', (detail) => deploy(place(detail)));
  const outputs = localOutputs(stacks, port, REGION);
  await progress.step('identities', () => seedIdentities(dir, outputs));
  await progress.step('waiting for the API', () => apiAnswers(outputs.apiUrl));
  writeWhole(outputsFile(dir), `${JSON.stringify(outputs, null, 2)}\n`);
  writeRecord(dir, { ...emulator, state: 'whole' });
  return outputs;
};

/**
 * Brings the platform up: Python environment, embedded AWS, `cdk bootstrap`, `cdk deploy`, identities. What is up already
 * is brought up to date. Interrupted anywhere, the next call starts over from what was whole.
 * @throws LocalFailure in one sentence
 */
export const startPlatform = async (options: PlatformOptions = {}): Promise<Platform> => {
  const { dir = DEFAULT_DIR } = options;
  mkdirSync(dir, { recursive: true });
  return exclusively(dir, async () => {
    const start = await plan(options);
    const outputs = await bringUp(start);
    return {
      dir,
      outputs,
      awsEnv: awsEnvironment(start.port),
      tokenFor: tokenKeeper(dir),
      stop: async () => void (await stopPlatform({ dir })),
    };
  });
};

/** Stops the platform of a folder; its state is gone with it. @returns whether one was running */
export const stopPlatform = async (options: Pick<PlatformOptions, 'dir'> = {}): Promise<boolean> => {
  const { dir = DEFAULT_DIR } = options;
  rmSync(outputsFile(dir), { force: true });
  return stopEmulator(dir);
};

/** Stops what an interrupted start left half-deployed; a platform that was whole stays. @returns whether it stopped one */
export const discardUnfinished = async (dir: string = DEFAULT_DIR): Promise<boolean> =>
  readRecord(dir)?.state === 'whole' ? false : stopPlatform({ dir });
