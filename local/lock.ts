import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFailure } from './failure';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The process that holds a lock file; none when the file is gone, empty, or left by a process that died. */
const holderOf = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
};

/** Does `work` while no other process does the same in this folder. @throws LocalFailure when one does */
export const exclusively = async <T>(dir: string, work: () => Promise<T>): Promise<T> => {
  const file = join(dir, 'up.lock');
  const holder = holderOf(file);
  if (holder !== undefined)
    throw new LocalFailure(`process ${holder} is starting this platform already; wait for it, or stop it first`);
  rmSync(file, { force: true });
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  const release = (): void => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
};
