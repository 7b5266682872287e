import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { LocalFailure } from './failure';
import { startPlatform, stopPlatform } from './platform';
import { onConsole } from './progress';
import { playStory } from './story/play';

const port = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1024 || number > 65_535)
    throw new InvalidArgumentError('a port is a number from 1024 to 65535');
  return number;
};

const up = async (options: { port?: number }): Promise<void> => {
  const { outputs } = await startPlatform({ progress: onConsole, ...options });
  console.log(`\nthe platform is up: ${outputs.apiUrl}\n.local/outputs.json has the rest; npm run local:down stops it`);
};

const down = async (): Promise<void> => {
  console.log((await stopPlatform()) ? 'the local platform is stopped' : 'no local platform was running');
};

const untilInterrupted = (): Promise<void> =>
  new Promise((resolve) => {
    const idle = setInterval(() => {}, 1 << 30);
    process.once('SIGINT', () => {
      clearInterval(idle);
      resolve();
    });
  });

/** Ctrl-C at any moment stops what was started; the next start begins from what was whole. */
const story = async (options: { port?: number; once?: boolean }): Promise<void> => {
  const interrupted = (): void => {
    void stopPlatform().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  try {
    await stopPlatform();
    const platform = await startPlatform({ progress: onConsole, ...options });
    await playStory(platform);
    if (!options.once) {
      process.off('SIGINT', interrupted);
      console.log('\nthe platform keeps running; Ctrl-C stops it');
      await untilInterrupted();
    }
  } finally {
    await stopPlatform();
  }
};

const program = (): Command => {
  const made = new Command('local').exitOverride().description('the platform on this machine');
  const portOption = ['--port <port>', 'port of the embedded AWS (default: CONTENDER_PORT, or 4566)', port] as const;
  made
    .command('up')
    .description('start and deploy')
    .option(...portOption)
    .action(up);
  made.command('down').description('stop').action(down);
  made
    .command('story')
    .description('start, deploy, and play the whole cycle')
    .option(...portOption)
    .option('--once', 'shut down after the story')
    .action(story);
  for (const command of made.commands) command.exitOverride();
  return made;
};

/** @returns the exit code */
export const main = async (args: readonly string[]): Promise<number> => {
  try {
    await program().parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof LocalFailure)) throw error;
    console.error(`\ncontender: ${error.message}`);
    return 1;
  }
};
