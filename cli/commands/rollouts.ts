import type { Command } from 'commander';
import { contextOf } from '../context';
import { status, table, time } from '../present';

interface RolloutRow {
  readonly id: string;
  readonly status: string;
  readonly challenger: { readonly version: number };
  readonly champion?: { readonly version: number };
  readonly stepIndex?: number;
  readonly steps: ReadonlyArray<{ readonly mode: string; readonly weight?: number }>;
  readonly startedAt: number;
  readonly reason?: string;
}

const stepText = (rollout: RolloutRow): string => {
  const step = rollout.steps[rollout.stepIndex ?? -1];
  if (rollout.status !== 'RUNNING' || !step) return '–';
  return step.mode === 'canary' ? `canary ${(step.weight ?? 0) * 100} %` : step.mode;
};

export const addRolloutCommands = (program: Command): void => {
  program
    .command('rollouts')
    .description('list the rollouts of a model, newest first')
    .argument('<model>')
    .action(async (model: string, _options: unknown, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const rollouts = await api.list<RolloutRow>(`/api/v1/models/${model}/rollouts`, 200);
      const rows = () =>
        rollouts.map((r) => [
          r.id,
          status(r.status),
          `v${r.challenger.version} against ${r.champion ? `v${r.champion.version}` : 'nothing'}`,
          stepText(r),
          time(r.startedAt),
          r.reason,
        ]);
      print(rollouts, () =>
        rollouts.length === 0
          ? `no rollouts of ${model} yet`
          : table(['rollout', 'status', 'compares', 'step', 'started', 'reason'], rows()),
      );
    });

  program
    .command('rollback')
    .description('withdraw the running challenger, or return to the champion before this one')
    .argument('<model>')
    .requiredOption('--reason <text>', 'why; it goes on record')
    .option('--to <version>', 'the version to return to')
    .action(async (model: string, options: { reason: string; to?: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'operator');
      const body = { reason: options.reason, ...(options.to ? { to: Number(options.to) } : {}) };
      const outcome = await api.post<{ champion: { version: number } }>(`/api/v1/models/${model}/rollback`, body);
      print(outcome, () => `${model} is answered by version ${outcome.champion.version}`);
    });
};
