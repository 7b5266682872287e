import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Failure } from '../cli/failure';
import { LocalFailure } from './failure';
import { discardUnfinished, startPlatform, stopPlatform } from './platform';
import { parsePort } from './ports';
import { onConsole } from './progress';
import { playStory } from './story/play';

const INTERRUPTED = 130;

const port = (text: string): number => {
  try {
    return parsePort(text, 'it');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Until it is called off, Ctrl-C and the like do `clean` and end the process. @returns what calls it off */
const onInterrupt = (clean: () => Promise<unknown>): (() => void) => {
  let isCleaning = false;
  const interrupted = (): void => {
    // A second Ctrl-C does not wait.
    if (isCleaning) process.exit(INTERRUPTED);
    isCleaning = true;
    process.stdout.write('\n');
    void clean().finally(() => process.exit(INTERRUPTED));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupted);
  return () => {
    for (const signal of signals) process.off(signal, interrupted);
  };
};

const up = async (options: { port?: number }): Promise<void> => {
  const off = onInterrupt(async () => {
    if (await discardUnfinished()) console.log('interrupted; what was started is stopped');
  });
  try {
    const { outputs } = await startPlatform({ progress: onConsole, ...options });
    console.log(
      `\nthe platform is up: ${outputs.apiUrl}\n.local/outputs.json has the rest; npm run local:down stops it`,
    );
  } finally {
    off();
  }
};

const down = async (): Promise<void> => {
  console.log((await stopPlatform()) ? 'the local platform is stopped' : 'no local platform was running');
};

const untilInterrupted = (): Promise<void> =>
  new Promise((resolve) => {
    const idle = setInterval(() => {}, 1 << 30);
    const end = (): void => {
      clearInterval(idle);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });

/** The whole cycle on a platform that starts empty and ends with the story. */
const story = async (options: { port?: number; once?: boolean }): Promise<void> => {
  const off = onInterrupt(() => stopPlatform());
  try {
    await stopPlatform();
    const platform = await startPlatform({ progress: onConsole, ...options });
    await playStory(platform);
    if (!options.once) {
      off();
      console.log('\nthe platform keeps running; Ctrl-C stops it');
      await untilInterrupted();
    }
  } finally {
    off();
    await stopPlatform();
  }
};

const program = (): Command => {
  const made = new Command('local').exitOverride().description('the platform on this machine');
  const portOption = ['--port <port>', 'port of the embedded AWS (default: CONTENDER_PORT, or 4566)', port] as const;
  made
    .command('up')
    .description('start and deploy, or bring what runs up to date')
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
    if (!(error instanceof LocalFailure || error instanceof Failure)) throw error;
    console.error(`\ncontender: ${error.message}`);
    return 1;
  }
};
