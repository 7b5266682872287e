import type { Command } from 'commander';
import type { ApprovalView } from '../../lambdas/approval/contract';
import type { EvaluationReport, LabelledEvidence } from '../../lambdas/evaluation/contract';
import { contextOf } from '../context';
import { dataText, tooFewText } from '../evidence-text';
import { gateTable } from '../gate-table';
import { fairnessTable, groupTable, segmentTable } from '../group-table';
import { digest, heading, number, status, table, time } from '../present';
import { riskText } from '../risk-text';

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

type ComparedChampion = Extract<LabelledEvidence['champion'], { status: 'compared' }>;

interface ApprovalDetail extends ApprovalRow, Pick<ApprovalView, 'risk' | 'tier' | 'named'> {
  readonly warnings?: readonly string[];
  readonly report?: EvaluationReport | null;
}

/** Candidate − champion with its interval, where that is known. */
const differenceText = (champion: ComparedChampion | undefined, name: string): string => {
  const paired = champion?.paired?.metrics[name];
  if (paired === undefined) return number(champion?.difference[name]);
  return `${number(paired.difference)} (${number(paired.low)} to ${number(paired.high)})`;
};

const comparison = (evidence: LabelledEvidence): string => {
  if (evidence.champion.status === 'absent') {
    return table(
      ['metric', 'candidate'],
      Object.entries(evidence.metrics).map(([name, value]) => [name, number(value)]),
    );
  }
  const { champion } = evidence;
  const rows = Object.entries(evidence.metrics).map(([name, value]) => [
    name,
    number(value),
    number(champion.metrics[name]),
    differenceText(champion, name),
  ]);
  const compared = table(['metric', 'candidate', `champion v${champion.version}`, 'difference (95 %)'], rows);
  const { candidateOnly, championOnly, p } = champion.paired?.mcnemar ?? {};
  if (p === undefined) return [compared, ...tooFewText(champion.paired)].join('\n');
  return `${[compared, ...tooFewText(champion.paired)].join('\n')}\nright on ${candidateOnly} rows that the champion got wrong, wrong on ${championOnly} that it got right (McNemar p ${number(p)})`;
};

const evidenceParts = (report: EvaluationReport): string[] => {
  const evidence = report.findings?.evidence;
  if (evidence === undefined) return report.notRun === undefined ? [] : [`\nnot run: ${report.notRun}`];
  if (evidence.evidence === 'none') return [`\nno evidence: ${evidence.reason}`];
  const parts = [`\n${dataText(evidence.data)}`, comparison(evidence)];
  if (evidence.groups.length > 0) parts.push('', groupTable(evidence.groups));
  if (evidence.fairness?.length) parts.push('', fairnessTable(evidence.fairness));
  if (evidence.segments?.length) parts.push('', segmentTable(evidence.segments));
  return [...parts, '', importanceTable(evidence), '', latencyText(report)];
};

/** Columns that matter most, by how much the metric falls without them. */
const importanceTable = ({ importance }: LabelledEvidence): string => {
  const columns = [...importance.columns].sort((a, b) => b.drop - a.drop);
  const rows = columns.map((c) => [c.column, `${number(c.drop)} ± ${number(c.deviation)}`]);
  const shown = table(['input', `${importance.metric} lost when shuffled`], rows);
  return importance.omitted === undefined ? shown : `${shown}\n${importance.omitted}`;
};

const latencyText = ({ findings }: EvaluationReport): string => {
  const { batch1, batch100, roundTrip } = findings?.latency ?? {};
  const how = roundTrip ? ', network included' : '';
  return `latency a row: ${number(batch1?.p50)} ms alone, ${number(batch100?.p50)} ms in batches of 100${how}`;
};

const describe = (approval: ApprovalDetail): string => {
  const parts = [
    heading(`${approval.model} version ${approval.version}`),
    `${status(approval.status)}: ${approval.approvals} of ${approval.required} approvals; root digest ${approval.rootDigest}`,
    `risk: ${riskText(approval)}`,
    ...(approval.warnings ?? []).map((warning) => `note: ${warning}`),
  ];
  if (approval.report) parts.push(...evidenceParts(approval.report));
  const gates = approval.report?.gates && gateTable(approval.report.gates);
  if (gates !== undefined) parts.push('', gates);
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
