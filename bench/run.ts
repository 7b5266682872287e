import { Command } from 'commander';
import { LocalFailure } from '../local/failure';
import { benchLoop } from './loop/loop';

const program = new Command('bench').description('measurements; each prints a table, or JSON with --json');

program
  .command('loop')
  .description('how long the cycle takes from step to step on the embedded AWS')
  .option('--runs <n>', 'how often each step is taken', '3')
  .option('--json', 'print JSON')
  .action(async (options: { runs: string; json?: boolean }) =>
    benchLoop({ runs: Number(options.runs), json: options.json ?? false }),
  );

program.parseAsync().catch((error: Error) => {
  console.error(error instanceof LocalFailure ? `bench: ${error.message}` : error);
  process.exitCode = 1;
});
