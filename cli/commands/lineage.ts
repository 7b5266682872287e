import type { Command } from 'commander';
import type { DatasetRecord } from '../../lambdas/registry/contract';
import type { PredictionLineage, RelatedVersion } from '../../lambdas/registry/schemas/lineage-api';
import { contextOf } from '../context';
import { Failure } from '../failure';
import { codeText, datasetText, type Lineage } from '../lineage-text';
import { heading, number, status, table, time } from '../present';

interface Ancestor {
  readonly version: number;
  readonly status: string;
  readonly lineage: Lineage;
  readonly flags?: ReadonlyArray<{ readonly dataset: { readonly name: string }; readonly reason: string }>;
}

const flagText = (flags: Ancestor['flags']): string =>
  (flags ?? []).map(({ dataset, reason }) => `${dataset.name} withdrawn: ${reason}`).join('; ') || '–';

const ancestorTable = (ancestors: readonly Ancestor[]): string =>
  table(
    ['version', 'status', 'made from', 'datasets', 'code', 'run', 'replaced', 'flags'],
    ancestors.map(({ version, status: state, lineage, flags }, depth) => [
      `${'  '.repeat(depth)}${version}`,
      status(state),
      lineage.parent,
      lineage.datasets.map(datasetText).join(', ') || '–',
      codeText(lineage),
      lineage.run ?? '–',
      lineage.championReplaced,
      flagText(flags),
    ]),
  );

const relatedTable = (versions: readonly RelatedVersion[]): string =>
  table(
    ['model', 'version', 'status', 'serves as', 'through', 'registered', 'flags'],
    versions.map((v) => [
      v.model,
      v.version,
      status(v.status),
      v.aliases.join(', ') || '–',
      v.through === undefined ? '–' : `version ${v.through}`,
      time(v.registeredAt),
      flagText(v.flags),
    ]),
  );

const showPrediction = (made: PredictionLineage): string => {
  const { approval, evaluation, rollout, lineage } = made;
  const reviews = approval?.reviews.map(
    ({ reviewer, decision, at, comment }) => `${decision} by ${reviewer.name ?? reviewer.id}, ${time(at)}: ${comment}`,
  );
  const metrics = Object.entries(evaluation?.metrics ?? {}).map(([name, value]) => `${name} ${number(value)}`);
  const rows: Array<[string, unknown]> = [
    ['predicted', time(made.predictedAt)],
    ['request', `${made.requestId}, row ${made.row}`],
    ['root digest', made.rootDigest],
    ['answered as', `${made.role}, drawn with probability ${number(made.propensity)}`],
    ['rollout', rollout ? `${rollout.id} ${rollout.status ?? ''}` : '–'],
    ['approval', approval ? `${approval.status} ${approval.id}` : '–'],
    ...(reviews ?? []).map((review): [string, unknown] => ['review', review]),
    ['evidence', metrics.join(', ') || '–'],
    ['report', evaluation ? `${evaluation.report.key}, SHA-256 ${evaluation.report.sha256}` : '–'],
    ['datasets', lineage.datasets.map(datasetText).join(', ') || '–'],
    ['code', codeText(lineage as Lineage)],
    ['run', lineage.run ?? '–'],
    ['parent', lineage.parent],
    ['champion replaced', lineage.championReplaced],
    ['flags', flagText(made.flags)],
  ];
  return `${heading(`${made.model} version ${made.version}`)}\n${table(['', ''], rows).split('\n').slice(1).join('\n')}`;
};

const pathOf = (name: string, of: string): string =>
  `/api/v1/datasets/${encodeURIComponent(name)}/${encodeURIComponent(of)}`;

/** `name@digest`, or `name` for one without; names may hold an @ themselves, so that a short digest is looked for first. */
const findDataset = async (text: string, api: Context['api']): Promise<{ path: string; dataset: DatasetRecord }> => {
  const at = text.lastIndexOf('@');
  const whole = pathOf(text, 'none');
  const digested = at > 0 ? pathOf(text.slice(0, at), text.slice(at + 1)) : undefined;
  if (digested === undefined) return { path: whole, dataset: await api.get<DatasetRecord>(whole) };
  try {
    return { path: digested, dataset: await api.get<DatasetRecord>(digested) };
  } catch (refused) {
    if (/@[0-9a-f]{64}$/.test(text)) throw refused;
    const dataset = await api.get<DatasetRecord>(whole).catch(() => undefined);
    if (dataset === undefined) throw refused;
    return { path: whole, dataset };
  }
};

const versionPath = (text: string): string => {
  const [, model, version] = /^([^/]+)\/(\d+)$/.exec(text) ?? [];
  if (model === undefined)
    throw new Failure(
      'say contender lineage <model>/<version>, lineage dataset <name>@<digest>, or lineage --prediction <id>',
      2,
    );
  return `/api/v1/models/${encodeURIComponent(model)}/versions/${version}`;
};

interface Options {
  readonly prediction?: string;
  readonly serving?: boolean;
  readonly direct?: boolean;
  readonly most: string;
  readonly openlineage?: boolean;
}

type Context = Awaited<ReturnType<typeof contextOf>>;

const lineageOfVersion = async (text: string, most: number, { api, print }: Context): Promise<void> => {
  const path = versionPath(text);
  const ancestors = await api.list<Ancestor>(`${path}/lineage`, most);
  const descendants = await api.list<RelatedVersion>(`${path}/descendants`, most);
  print({ ancestors, descendants }, () =>
    [
      heading('made from'),
      ancestorTable(ancestors),
      '',
      descendants.length === 0 ? 'nothing was made from it' : `${heading('made into')}\n${relatedTable(descendants)}`,
    ].join('\n'),
  );
};

const lineageOfDataset = async (text: string, options: Options, { api, print }: Context): Promise<void> => {
  const { path, dataset } = await findDataset(text, api);
  const query = new URLSearchParams({ serving: String(!!options.serving), transitive: String(!options.direct) });
  const versions = await api.list<RelatedVersion>(`${path}/versions?${query}`, Number(options.most));
  const { withdrawn } = dataset;
  print({ dataset, versions }, () =>
    [
      heading(datasetText(dataset)),
      ...(withdrawn
        ? [`withdrawn ${time(withdrawn.at)} by ${withdrawn.by.name ?? withdrawn.by.id}: ${withdrawn.reason}`]
        : []),
      versions.length === 0 ? 'no such version' : relatedTable(versions),
    ].join('\n'),
  );
};

const addLineage = (program: Command): void => {
  program
    .command('lineage')
    .description('where a version or a prediction comes from, and what rests on a version or a dataset')
    .argument('[what...]', '<model>/<version>, or: dataset <name>@<digest>')
    .option('--prediction <id>', 'what this prediction was made with')
    .option('--serving', 'of a dataset: only versions that serve now')
    .option('--direct', 'of a dataset: only versions that were trained on it themselves')
    .option('--openlineage', 'of a version: its training and evaluation as OpenLineage events')
    .option('--most <n>', 'at most so many versions', '1000')
    .action(async (what: string[], options: Options, command: Command) => {
      const context = await contextOf(command, 'auditor');
      if (options.prediction !== undefined) {
        const path = `/api/v1/predictions/${encodeURIComponent(options.prediction)}/lineage`;
        const made = await context.api.get<PredictionLineage>(path);
        return context.print(made, () => showPrediction(made));
      }
      const [first = '', second] = what;
      if (first === 'dataset' && second !== undefined) return lineageOfDataset(second, options, context);
      if (options.openlineage) {
        const events = await context.api.get<object>(`${versionPath(first)}/openlineage`);
        return context.print(events, () => JSON.stringify(events, null, 2));
      }
      return lineageOfVersion(first, Number(options.most), context);
    });
};

const addWithdraw = (program: Command): void => {
  program
    .command('withdraw')
    .description('withdraw a dataset: every version that rests on it is flagged, and its owner told')
    .argument('<dataset>', '<name>@<digest>, or the name of one without a digest')
    .requiredOption('--reason <text>', 'why; it goes on record')
    .action(async (dataset: string, { reason }: { reason: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'reviewer');
      const { path } = await findDataset(dataset, api);
      const record = await api.post<DatasetRecord>(`${path}/withdraw`, { reason });
      print(
        record,
        () => `${datasetText(record)} is withdrawn since ${time(record.withdrawn?.at)}: ${record.withdrawn?.reason}`,
      );
    });
};

export const addLineageCommands = (program: Command): void => {
  addLineage(program);
  addWithdraw(program);
};
