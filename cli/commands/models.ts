import type { Command } from 'commander';
import type { ModelVersion } from '../../lambdas/registry/contract';
import { signingText } from '../../lambdas/registry/domain/signing-text';
import { contextOf } from '../context';
import { gateTable } from '../gate-table';
import { type Lineage, lineageRows } from '../lineage-text';
import { digest, heading, number, status, table, time } from '../present';
import { riskText } from '../risk-text';

interface ModelRow {
  readonly model: string;
  readonly latestVersion: number;
  readonly champion?: number;
  readonly access: string;
  readonly createdAt: number;
}

interface VersionRow {
  readonly version: number;
  readonly status: string;
  readonly rootDigest?: string;
  readonly aliases: readonly string[];
  readonly registeredAt: number;
  readonly metrics?: Record<string, number>;
  readonly flags?: readonly unknown[];
  readonly rejection?: { readonly message: string };
}

type VersionDetail = ModelVersion & {
  readonly aliases?: readonly string[];
  readonly lineage?: Lineage;
};

const metricsText = (metrics: Record<string, number> | undefined): string =>
  Object.entries(metrics ?? {})
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(', ') || '–';

/** What a list has room for; `show` has the rest. */
const HEADLINES = ['accuracy', 'rocAuc', 'rmse', 'mae', 'r2'];
const MOST_LETTERS = 80;

const evidenceText = ({ rejection, metrics = {} }: VersionRow): string => {
  if (rejection === undefined)
    return metricsText(Object.fromEntries(Object.entries(metrics).filter(([name]) => HEADLINES.includes(name))));
  const { message } = rejection;
  return message.length > MOST_LETTERS ? `${message.slice(0, MOST_LETTERS)}…` : message;
};

const describe = (version: VersionDetail): string => {
  const facts: Array<[string, string]> = [
    ['status', status(version.status)],
    ['aliases', version.aliases?.join(', ') || '–'],
    ['root digest', version.rootDigest ?? '–'],
    ['registered', time(version.registeredAt)],
    ['uploaded by', version.uploader.name ?? `${version.uploader.kind} ${version.uploader.id}`],
  ];
  if (version.signing) facts.push(['signature', signingText(version.signing)]);
  const evaluation = 'evaluation' in version ? version.evaluation : undefined;
  facts.push(['risk', riskText({ ...evaluation?.gates, risk: version.manifest?.risk })]);
  if (evaluation)
    facts.push(
      ['evaluation', metricsText(evaluation.metrics)],
      [
        'latency',
        evaluation.latencyMsPerRow === undefined ? 'not run' : `${number(evaluation.latencyMsPerRow)} ms a row`,
      ],
    );
  if (version.status === 'REJECTED') facts.push(['rejected', version.rejection.message]);
  for (const { dataset, reason } of version.flags ?? [])
    facts.push(['flagged', `the dataset ${dataset.name} was withdrawn: ${reason}`]);
  if (version.lineage) facts.push(...lineageRows(version.lineage));
  const gates = evaluation?.gates && gateTable(evaluation.gates);
  return [
    heading(`${version.model} version ${version.version}`),
    ...table(['', ''], facts).split('\n').slice(1),
    ...(gates === undefined ? [] : ['', gates]),
  ].join('\n');
};

export const addModelCommands = (program: Command): void => {
  program
    .command('models')
    .description('list the models, A to Z')
    .option('--most <n>', 'at most so many', '200')
    .action(async (options: { most: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const models = await api.list<ModelRow>('/api/v1/models', Number(options.most));
      const rows = () => models.map((m) => [m.model, m.latestVersion, m.champion, m.access, time(m.createdAt)]);
      print(models, () =>
        models.length === 0 ? 'no models yet' : table(['model', 'latest', 'champion', 'access', 'created'], rows()),
      );
    });

  program
    .command('versions')
    .description('list the versions of a model, newest first')
    .argument('<model>')
    .option('--most <n>', 'at most so many', '200')
    .action(async (model: string, options: { most: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const versions = await api.list<VersionRow>(`/api/v1/models/${model}/versions`, Number(options.most));
      const rows = () =>
        versions.map((v) => [
          v.version,
          status(v.status),
          v.aliases.join(', ') || '–',
          digest(v.rootDigest),
          time(v.registeredAt),
          `${v.flags?.length ? '⚑ ' : ''}${evidenceText(v)}`,
        ]);
      print(versions, () => table(['version', 'status', 'aliases', 'digest', 'registered', 'evidence'], rows()));
    });

  program
    .command('show')
    .description('everything on record about one version')
    .argument('<model>')
    .argument('<version>')
    .action(async (model: string, version: string, _options: unknown, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const detail = await api.get<VersionDetail>(`/api/v1/models/${model}/versions/${version}`);
      print(detail, () => describe(detail));
    });
};
