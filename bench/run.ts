// The SDK would warn that it will want a newer Node one day.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

import { Command } from 'commander';
import { LocalFailure } from '../local/failure';
import { benchEvaluation } from './evaluation/evaluation';
import { benchLoop } from './loop/loop';
import { benchRegistry } from './registry/registry';
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

program
  .command('registry')
  .description("what the registry's reads take of a full table, beside an empty one")
  .option('--versions <n>', 'versions in the full table', '100000')
  .option('--events <n>', 'audit events in the full table', '1000000')
  .option('--requests <n>', 'of each read, on each table', '500')
  .option('--json', 'print JSON', false)
  .action((options: Record<'versions' | 'events' | 'requests', string> & { json: boolean }) =>
    benchRegistry({
      versions: Number(options.versions),
      events: Number(options.events),
      requests: Number(options.requests),
      json: options.json,
    }),
  );

program
  .command('evaluation')
  .description('memory and time of evaluating more and more rows, as CSV and as Parquet')
  .option('--rows <list>', 'how many, separated by commas', '10000,100000,1000000')
  .option('--json', 'print JSON', false)
  .action((options: { rows: string; json: boolean }) =>
    benchEvaluation({ rows: names(options.rows).map(Number), json: options.json }),
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
