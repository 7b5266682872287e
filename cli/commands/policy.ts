import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { contextOf } from '../context';
import { Failure } from '../failure';

const readYaml = (file: string): unknown => {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Failure(`cannot read ${file}: ${(cause as Error).message}`, 2, { cause });
  }
};

export const addPolicyCommands = (program: Command): void => {
  program
    .command('policy')
    .description("show a model's policy, or put another in force")
    .argument('<model>')
    .option('--set <file>', 'YAML or JSON file with what differs from the default policy')
    .action(async (model: string, options: { set?: string }, command: Command) => {
      const path = `/api/v1/models/${model}/policy`;
      if (options.set === undefined) {
        const { api, print } = await contextOf(command, 'auditor');
        const policy = await api.get<{ number: number; policy: unknown }>(path);
        return print(policy, () => `# policy ${policy.number || 'by default'}\n${stringify(policy.policy)}`.trimEnd());
      }
      const body = readYaml(options.set);
      const { api, print } = await contextOf(command, 'operator');
      const policy = await api.call<{ number: number; policy: unknown }>('PUT', path, body);
      print(policy, () => `policy ${policy.number} of ${model} is in force`);
    });
};
