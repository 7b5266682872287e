import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly kilobytes: number;
}

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;
/** Fields of /proc/<pid>/stat after the name, which may hold blanks: user and system time. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

const processes = (): readonly Process[] =>
  spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, kilobytes = 0]) => ({ pid, parent, kilobytes }));

/** A process and all that descend from it. */
const treeOf = (root: number): readonly Process[] => {
  const all = processes();
  const tree = new Set([root]);
  for (let known = 0; known < tree.size; ) {
    known = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.filter(({ pid }) => tree.has(pid));
};

/** Resident memory of a process tree in MB (10⁶ bytes); pages that processes share count for each. */
export const residentMb = (root: number): number =>
  treeOf(root).reduce((sum, { kilobytes }) => sum + kilobytes * 1.024e-3, 0);

const processorMsOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return ((fields[USER_TIME] ?? 0) + (fields[SYSTEM_TIME] ?? 0)) * TICK_MS;
  } catch {
    return 0;
  }
};

/** Processor time that a process tree has taken so far, in milliseconds; undefined elsewhere than on Linux. */
export const processorMs = (root: number): number | undefined =>
  existsSync('/proc/self/stat') ? treeOf(root).reduce((sum, { pid }) => sum + processorMsOf(pid), 0) : undefined;
