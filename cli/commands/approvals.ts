import type { Command } from 'commander';
import { contextOf } from '../context';
import { digest, heading, number, status, table, time } from '../present';

interface ApprovalRow {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly rootDigest: string;
  readonly status: string;
  readonly required: number;
  readonly approvals: number;
  readonly requestedAt: number;
}

interface MetricsBlock {
  readonly metrics: Record<string, number>;
}

interface ApprovalDetail extends ApprovalRow {
  readonly warnings?: readonly string[];
  readonly report?: MetricsBlock & {
    readonly rows: number;
    readonly champion?: Partial<MetricsBlock> & { readonly version?: number };
    readonly groups?: ReadonlyArray<{
      attribute: string;
      group: string;
      n: number;
      selectionRate: number | null;
      tpr: number | null;
      accuracy: number | null;
    }>;
  };
}

const comparison = (report: NonNullable<ApprovalDetail['report']>): string => {
  const champion = report.champion?.metrics;
  const rows = Object.entries(report.metrics).map(([name, value]) => [name, number(value), number(champion?.[name])]);
  return table(['metric', 'candidate', champion ? `champion v${report.champion?.version}` : 'champion'], rows);
};

const describe = (approval: ApprovalDetail): string => {
  const parts = [
    heading(`${approval.model} version ${approval.version}`),
    `${status(approval.status)}: ${approval.approvals} of ${approval.required} approvals; root digest ${approval.rootDigest}`,
    ...(approval.warnings ?? []).map((warning) => `note: ${warning}`),
  ];
  if (approval.report) {
    parts.push(`\nevaluated on ${approval.report.rows} rows`, comparison(approval.report));
    const groups = approval.report.groups ?? [];
    if (groups.length > 0) {
      const rows = groups.map((g) => [
        g.attribute,
        g.group,
        g.n,
        number(g.selectionRate),
        number(g.tpr),
        number(g.accuracy),
      ]);
      parts.push('', table(['protected', 'group', 'n', 'selection rate', 'TPR', 'accuracy'], rows));
    }
  }
  return parts.join('\n');
};

const addDecision = (program: Command, verb: 'approve' | 'reject'): void => {
  program
    .command(verb)
    .description(`${verb} a version that waits for a decision`)
    .argument('<id>', 'of the approval; contender approvals lists them')
    .requiredOption('--comment <text>', 'why; it goes on record')
    .action(async (id: string, options: { comment: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'reviewer');
      const approval = await api.post<ApprovalRow>(`/api/v1/approvals/${id}/decisions`, {
        decision: verb,
        comment: options.comment,
      });
      print(
        approval,
        () =>
          `${approval.model} version ${approval.version}: ${status(approval.status)}, ${approval.approvals} of ${approval.required} approvals`,
      );
    });
};

export const addApprovalCommands = (program: Command): void => {
  program
    .command('approvals')
    .description('list what waits for a decision, or show one approval with its evidence')
    .argument('[id]')
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { api, print } = await contextOf(command, 'reviewer');
      if (id !== undefined) {
        const approval = await api.get<ApprovalDetail>(`/api/v1/approvals/${id}`);
        return print(approval, () => describe(approval));
      }
      const approvals = await api.list<ApprovalRow>('/api/v1/approvals', 200);
      const rows = () =>
        approvals.map((a) => [
          a.id,
          a.model,
          a.version,
          status(a.status),
          `${a.approvals}/${a.required}`,
          digest(a.rootDigest),
          time(a.requestedAt),
        ]);
      print(approvals, () =>
        approvals.length === 0
          ? 'nothing waits for approval'
          : table(['approval', 'model', 'version', 'status', 'approvals', 'digest', 'requested'], rows()),
      );
    });
  addDecision(program, 'approve');
  addDecision(program, 'reject');
};
