import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { run } from './child-process';

const recordSchema = z.object({
  pid: z.number().int().positive(),
  port: z.number().int().positive(),
  /** Checkout that it was started from. */
  root: z.string(),
  /** Of the Python environment that it runs in. */
  stamp: z.string(),
  /** `whole` when the last deployment into it ended well; anything else is thrown away by the next start. */
  state: z.enum(['started', 'deploying', 'whole']),
});

/** The embedded AWS that a folder started. */
export type EmulatorRecord = z.infer<typeof recordSchema>;

const fileIn = (dir: string): string => join(dir, 'emulator.json');

/** Written beside its place and moved there, so that nobody reads half of it. */
export const writeWhole = (file: string, text: string, mode = 0o644): void => {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
};

export const writeRecord = (dir: string, record: EmulatorRecord): void =>
  writeWhole(fileIn(dir), `${JSON.stringify(record)}\n`);

export const removeRecord = (dir: string): void => rmSync(fileIn(dir), { force: true });

/** What the folder says about its emulator; an unreadable record is none. */
export const readRecord = (dir: string): EmulatorRecord | undefined => {
  if (!existsSync(fileIn(dir))) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(fileIn(dir), 'utf8')));
  } catch {
    return undefined;
  }
};

/** From `ps -o stat=,command=`: a live emulator, not its remains, nor a later program that was given the same id. */
export const isEmulator = (ps: string): boolean => {
  const [state = '', ...command] = ps.trim().split(/\s+/);
  return !state.startsWith('Z') && command.join(' ').includes('ministack');
};

const describe = async (pid: number): Promise<string> => {
  if (!existsSync('/proc/self/stat'))
    return (await run({ command: 'ps', args: ['-o', 'stat=,command=', '-p', String(pid)] })).printed;
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .charAt(0);
    return `${state} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
  } catch {
    return '';
  }
};

/** Whether the process of this id is an embedded AWS that runs. */
export const isRunning = async (pid: number): Promise<boolean> => isEmulator(await describe(pid));
