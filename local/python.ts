import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child-process';
import { LocalFailure } from './failure';

type PythonVersion = readonly [major: number, minor: number];

/** What an environment is for, and which Pythons its pinned packages are known to work with. */
export interface PythonNeed {
  /** Completes "pip could not install …". */
  readonly what: string;
  /** Commands to look for, the best first. */
  readonly candidates: readonly string[];
  readonly oldest: PythonVersion;
  /** @default - any later one will do */
  readonly newest?: PythonVersion;
}

const EMULATOR: PythonNeed = {
  what: 'the embedded AWS',
  candidates: ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'],
  oldest: [3, 10],
};

/** Major and minor version from what `python --version` prints. */
export const parsePythonVersion = (printed: string): PythonVersion | undefined => {
  const match = /^Python (\d+)\.(\d+)/m.exec(printed);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

const isAtLeast = ([major, minor]: PythonVersion, oldest: PythonVersion): boolean =>
  major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);

export const willDo = (version: PythonVersion, { oldest, newest }: PythonNeed = EMULATOR): boolean =>
  isAtLeast(version, oldest) && (newest === undefined || isAtLeast(newest, version));

/** What one candidate turned out to be. */
export interface Candidate {
  readonly command: string;
  readonly version?: PythonVersion;
  /** Whether it can make virtual environments: Debian packages that apart. */
  readonly hasVenv: boolean;
}

const look = async (command: string, need: PythonNeed): Promise<Candidate> => {
  const asked = await run({ command, args: ['--version'] });
  const version = asked.code === 0 ? parsePythonVersion(asked.printed) : undefined;
  if (!version || !willDo(version, need)) return { command, ...(version ? { version } : {}), hasVenv: false };
  const imported = await run({ command, args: ['-c', 'import ensurepip, venv'] });
  return { command, version, hasVenv: imported.code === 0 };
};

/** Why none of the candidates will do, and what to install. */
export const whyNoPython = (seen: readonly Candidate[], need: PythonNeed = EMULATOR): string => {
  const fit = seen.find(({ version }) => version && willDo(version, need));
  if (fit)
    return `${fit.command} cannot make virtual environments; install its venv module (Debian, Ubuntu: apt-get install python3-venv)`;
  const others = seen.flatMap(({ command, version }) => (version ? [`${command} is ${version.join('.')}`] : []));
  const wrong = need.newest ? 'no Python that will do was found' : 'too old a Python was found';
  const found = others.length > 0 ? `${wrong} (${others.join(', ')})` : 'no Python was found';
  const range = need.newest
    ? `${need.oldest.join('.')} to ${need.newest.join('.')}`
    : `${need.oldest.join('.')} or later`;
  return `${found}; install Python ${range} and put it on the PATH`;
};

/** @returns the command of a Python that will do and can make virtual environments @throws LocalFailure */
export const findPython = async (need: PythonNeed = EMULATOR): Promise<string> => {
  const seen: Candidate[] = [];
  for (const command of need.candidates) {
    const candidate = await look(command, need);
    if (candidate.hasVenv) return command;
    seen.push(candidate);
  }
  throw new LocalFailure(whyNoPython(seen, need));
};

/** Names what an environment was made from. */
export const stampOf = (requirements: string): string =>
  createHash('sha256').update(readFileSync(requirements)).digest('hex');

const pythonIn = (folder: string): string => join(folder, 'bin/python');

/** An environment is whole when its stamp is right, and usable when the Python it was made from is still there. */
export const isWhole = (folder: string, stamp: string): boolean => {
  const file = join(folder, '.complete');
  return existsSync(file) && readFileSync(file, 'utf8') === stamp && existsSync(pythonIn(folder));
};

const build = async (
  folder: string,
  requirements: string,
  detail: (text: string) => void,
  need: PythonNeed,
): Promise<void> => {
  const python = await findPython(need);
  const made = await run({ command: python, args: ['-m', 'venv', folder] });
  if (made.code !== 0)
    throw new LocalFailure(
      `${python} could not make a virtual environment: ${made.printed.trim().split('\n').at(-1)}; on Debian: apt-get install python3-venv`,
    );
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:', '-r', requirements];
  const installed = await run({
    command: pythonIn(folder),
    args: pip,
    onLine: (line) => {
      const what = /^Collecting (\S+)|^(Installing) /.exec(line);
      if (what) detail(what[1] ?? 'installing');
    },
  });
  if (installed.code === 0) return;
  const error = installed.printed.split('\n').find((line) => line.startsWith('ERROR:'));
  throw new LocalFailure(
    `pip could not install ${need.what}: ${error?.slice('ERROR:'.length).trim() ?? 'see pip'}; is the package index reachable?`,
  );
};

/**
 * A private virtual environment in `folder` with what `requirements` pins. It is made beside its place, stamped last and then
 * moved there, so that an interruption, or somebody who does the same at the same time, never leaves half of one.
 * @returns its Python
 * @throws LocalFailure
 */
export const ensureVenv = async (
  folder: string,
  requirements: string,
  detail: (text: string) => void = () => {},
  need: PythonNeed = EMULATOR,
): Promise<string> => {
  const stamp = stampOf(requirements);
  if (isWhole(folder, stamp)) return pythonIn(folder);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(draft, { recursive: true, force: true });
  try {
    await build(draft, requirements, detail, need);
    writeFileSync(join(draft, '.complete'), stamp);
    if (!isWhole(folder, stamp)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return pythonIn(folder);
};
