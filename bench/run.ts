import { Command } from 'commander';
import { LocalFailure } from '../local/failure';
import { benchLoop } from './loop/loop';
import { benchScoring, type ScoringOptions } from './scoring/scoring';

const program = new Command('bench').description('measurements; each prints a table, or JSON with --json');

program
  .command('loop')
  .description('how long the cycle takes from step to step on the embedded AWS')
  .option('--runs <n>', 'how often each step is taken', '3')
  .option('--json', 'print JSON')
  .action(async (options: { runs: string; json?: boolean }) =>
    benchLoop({ runs: Number(options.runs), json: options.json ?? false }),
  );

const names = (list: string): string[] => list.split(',').filter(Boolean);

program
  .command('scoring', { isDefault: true })
  .description('what a prediction costs, beside other servers and the limits of the machine')
  .option('--quick', 'one short round, with one model', false)
  .option('--models <names>', 'only these, with commas between: logistic, boosted, forest, network', names)
  .option('--peers <names>', 'only these, with commas between', names)
  .option('--json', 'print JSON', false)
  .action((options: ScoringOptions) => benchScoring(options));

program.parseAsync().catch((error: Error) => {
  console.error(error instanceof LocalFailure ? `bench: ${error.message}` : error);
  process.exitCode = 1;
});
