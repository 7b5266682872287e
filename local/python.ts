import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFailure } from './failure';

const run = promisify(execFile);

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** Major and minor version from what `python --version` prints. */
export const parsePythonVersion = (printed: string): readonly [number, number] | undefined => {
  const match = /Python (\d+)\.(\d+)/.exec(printed);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

export const isRecentEnough = ([major, minor]: readonly [number, number]): boolean =>
  major > 3 || (major === 3 && minor >= 10);

/** A Python of at least 3.10 that can make virtual environments. @throws LocalFailure */
export const findPython = async (candidates: readonly string[] = CANDIDATES): Promise<string> => {
  const seen: string[] = [];
  for (const candidate of candidates) {
    const printed = await run(candidate, ['--version']).then(
      (out) => out.stdout + out.stderr,
      () => '',
    );
    const version = parsePythonVersion(printed);
    if (version && isRecentEnough(version)) return candidate;
    if (version) seen.push(`${candidate} is ${version.join('.')}`);
  }
  throw new LocalFailure(
    `no Python of at least 3.10 was found${seen.length > 0 ? ` (${seen.join(', ')})` : ''}; install one and put it on the PATH`,
  );
};

const stampOf = (requirements: string): string => createHash('sha256').update(readFileSync(requirements)).digest('hex');

/**
 * A private virtual environment in `folder` with what `requirements` pins. Its stamp is written last, so that one that was
 * interrupted half-way is made anew.
 * @returns the environment's `bin` folder
 */
export const ensureVenv = async (folder: string, requirements: string): Promise<string> => {
  const bin = join(folder, 'bin');
  const stampFile = join(folder, '.complete');
  const stamp = stampOf(requirements);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return bin;
  rmSync(folder, { recursive: true, force: true });
  const python = await findPython();
  await run(python, ['-m', 'venv', folder]).catch((cause: Error) => {
    throw new LocalFailure(
      `${python} cannot make a virtual environment (on Debian: apt-get install python3-venv): ${cause.message.split('\n')[0]}`,
      { cause },
    );
  });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
  await run(join(bin, 'python'), pip, { maxBuffer: 1 << 26 }).catch((cause: Error & { stderr?: string }) => {
    throw new LocalFailure(
      `pip could not install ${requirements}: ${(cause.stderr ?? cause.message).trim().split('\n').at(-1)}`,
      { cause },
    );
  });
  writeFileSync(stampFile, stamp);
  return bin;
};
