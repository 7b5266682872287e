import type { Command } from 'commander';
import { bearerToken } from '../identity';
import { type Flags, findSettings } from '../settings';

export const addTokenCommand = (program: Command): void => {
  program
    .command('token')
    .description('print a bearer token and nothing else')
    .option('--role <identity>', 'the identity to sign in as (default: --as, CONTENDER_ROLE, or app)')
    .action(async (options: { role?: string }, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { as?: string }>();
      const identity = options.role ?? flags.as ?? process.env.CONTENDER_ROLE ?? 'app';
      console.log(await bearerToken(findSettings(flags), identity));
    });
};
