import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { addApprovalCommands } from './commands/approvals';
import { addAuditCommands } from './commands/audit';
import { addExportCommands } from './commands/exports';
import { addLineageCommands } from './commands/lineage';
import { addLoginCommand } from './commands/login';
import { addModelCommands } from './commands/models';
import { addPolicyCommands } from './commands/policy';
import { addPredictionCommands } from './commands/predictions';
import { addPushCommand } from './commands/push';
import { addRolloutCommands } from './commands/rollouts';
import { addSchemaCommand } from './commands/schema';
import { addServeCommand } from './commands/serve';
import { addTokenCommand } from './commands/token';
import { Failure } from './failure';

const program = (): Command => {
  const made = new Command('contender')
    .description('Model Ops on AWS: push models, review, roll out, predict, watch, audit and serve.')
    .version(version)
    .option('--json', 'print JSON for machines')
    .option('--as <identity>', 'act as this known identity (default: CONTENDER_ROLE, or the role that the verb needs)')
    .option(
      '--outputs <file>',
      'outputs of the deployment (default: CONTENDER_OUTPUTS, or the nearest .local/outputs.json)',
    )
    .option('--api-url <url>', 'the API, instead of that of the outputs (default: CONTENDER_API_URL)')
    .showHelpAfterError('(contender --help lists the verbs)')
    .exitOverride();
  const adders = [
    addPushCommand,
    addModelCommands,
    addApprovalCommands,
    addRolloutCommands,
    addPredictionCommands,
    addLineageCommands,
    addExportCommands,
    addAuditCommands,
    addPolicyCommands,
    addTokenCommand,
    addLoginCommand,
    addSchemaCommand,
    addServeCommand,
  ];
  for (const add of adders) add(made);
  for (const command of made.commands) command.exitOverride();
  return made;
};

/** Runs the CLI; answers the exit code: 0 done, 1 refused or failed, 2 called wrongly. */
export const run = async (argv: readonly string[]): Promise<number> => {
  try {
    await program().parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof Failure)) throw error;
    console.error(`contender: ${error.message}`);
    return error.exitCode;
  }
};
