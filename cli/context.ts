import type { Command } from 'commander';
import { Api } from './api';
import { bearerToken } from './identity';
import { type Flags, findSettings, type Settings } from './settings';

interface GlobalFlags extends Flags {
  readonly json?: boolean;
  readonly as?: string;
}

/** What every verb works with: the platform, the caller, and where to print. */
export interface Context {
  readonly settings: Settings;
  readonly api: Api;
  /** Prints `data` as JSON for machines, or `text` for people. */
  print(data: unknown, text: () => string): void;
}

/** Resolves the platform and the caller of a verb; `role` is the local identity it needs unless --as or CONTENDER_ROLE say otherwise. */
export const contextOf = async (command: Command, role: string): Promise<Context> => {
  const flags = command.optsWithGlobals<GlobalFlags>();
  const settings = findSettings(flags);
  const token = await bearerToken(settings, flags.as ?? process.env.CONTENDER_ROLE ?? role);
  const print = (data: unknown, text: () => string) => console.log(flags.json ? JSON.stringify(data, null, 2) : text());
  return { settings, api: new Api(settings.apiUrl, token), print };
};
