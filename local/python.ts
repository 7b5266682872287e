import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child-process';
import { LocalFailure } from './failure';

/** Versions that the pinned packages are known to work with come first. */
const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];
const OLDEST: PythonVersion = [3, 10];

type PythonVersion = readonly [major: number, minor: number];

/** Major and minor version from what `python --version` prints. */
export const parsePythonVersion = (printed: string): PythonVersion | undefined => {
  const match = /^Python (\d+)\.(\d+)/m.exec(printed);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

export const isRecentEnough = ([major, minor]: PythonVersion): boolean =>
  major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);

/** What one candidate turned out to be. */
export interface Candidate {
  readonly command: string;
  readonly version?: PythonVersion;
  /** Whether it can make virtual environments: Debian packages that apart. */
  readonly hasVenv: boolean;
}

const look = async (command: string): Promise<Candidate> => {
  const asked = await run({ command, args: ['--version'] });
  const version = asked.code === 0 ? parsePythonVersion(asked.printed) : undefined;
  if (!version || !isRecentEnough(version)) return { command, ...(version ? { version } : {}), hasVenv: false };
  const imported = await run({ command, args: ['-c', 'import ensurepip, venv'] });
  return { command, version, hasVenv: imported.code === 0 };
};

/** Why none of the candidates will do, and what to install. */
export const whyNoPython = (seen: readonly Candidate[]): string => {
  const recent = seen.find(({ version }) => version && isRecentEnough(version));
  if (recent)
    return `${recent.command} cannot make virtual environments; install its venv module (Debian, Ubuntu: apt-get install python3-venv)`;
  const old = seen.flatMap(({ command, version }) => (version ? [`${command} is ${version.join('.')}`] : []));
  const found = old.length > 0 ? `too old a Python was found (${old.join(', ')})` : 'no Python was found';
  return `${found}; install Python ${OLDEST.join('.')} or later and put it on the PATH`;
};

/** @returns the command of a Python that is recent enough and can make virtual environments @throws LocalFailure */
export const findPython = async (candidates: readonly string[] = CANDIDATES): Promise<string> => {
  const seen: Candidate[] = [];
  for (const command of candidates) {
    const candidate = await look(command);
    if (candidate.hasVenv) return command;
    seen.push(candidate);
  }
  throw new LocalFailure(whyNoPython(seen));
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

const build = async (folder: string, requirements: string, detail: (text: string) => void): Promise<void> => {
  const python = await findPython();
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
      const what = /^(?:Collecting|Installing) (.*)/.exec(line)?.[1];
      if (what) detail(what);
    },
  });
  if (installed.code === 0) return;
  const error = installed.printed.split('\n').find((line) => line.startsWith('ERROR:'));
  throw new LocalFailure(
    `pip could not install the embedded AWS: ${error?.slice('ERROR:'.length).trim() ?? 'see pip'}; is the package index reachable?`,
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
): Promise<string> => {
  const stamp = stampOf(requirements);
  if (isWhole(folder, stamp)) return pythonIn(folder);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(draft, { recursive: true, force: true });
  try {
    await build(draft, requirements, detail);
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
