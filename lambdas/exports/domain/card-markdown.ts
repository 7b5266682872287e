import type { ModelCard } from '../schemas/model-card';
import { escaped, rounded, table } from './markdown';

const day = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

const actorText = ({ kind, id, name }: { kind: string; id: string; name?: string | undefined }): string =>
  `${name ?? id} (${kind})`;

const byName = <T>(record: Readonly<Record<string, T>>): Array<[string, T]> =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const detailsPart = ({ details }: ModelCard): string => {
  const { runtime, rejection } = details;
  const facts = table(
    ['', ''],
    [
      ['status', details.status],
      ['task', details.task],
      ['owner', details.owner],
      ['risk', details.risk],
      ['uploaded by', actorText(details.uploader)],
      ['registered', day(details.registeredAt)],
      ['root digest', details.rootDigest],
      ['runtime', runtime && (runtime.kind === 'onnx' ? `onnx, ${runtime.file}` : `sagemaker, ${runtime.endpoint}`)],
      ...(rejection ? [['rejected', `${rejection.code}: ${rejection.message}`]] : []),
    ],
  );
  const tensors = table(
    ['', 'tensor', 'datatype', 'shape'],
    [
      ...details.inputs.map((tensor) => ['input', tensor.name, tensor.datatype, tensor.shape.join(' × ')]),
      ...details.outputs.map((tensor) => ['output', tensor.name, tensor.datatype, tensor.shape.join(' × ')]),
    ],
  );
  const columns = table(
    ['column', 'type', 'range or levels', 'unit'],
    details.columns.map(({ name, type, min, max, levels, unit }) => [
      name,
      type,
      levels?.join(', ') ?? (min === undefined && max === undefined ? undefined : `${min ?? '–'} to ${max ?? '–'}`),
      unit,
    ]),
  );
  const shown = [
    facts,
    ...(details.inputs.length > 0 ? [tensors] : []),
    ...(details.columns.length > 0 ? [columns] : []),
  ];
  return `## Model details\n\n${shown.join('\n\n')}`;
};

const intendedUsePart = ({ intendedUse = {} }: ModelCard): string => {
  const { purpose, users, outOfScope, limitations, ethics, contact } = intendedUse;
  const said = [
    ['purpose', purpose],
    ['users', users],
    ['out of scope', outOfScope],
    ['limitations', limitations],
    ['ethical considerations', ethics],
    ['contact', contact],
  ].filter(([, text]) => text !== undefined);
  const text = said.length === 0 ? 'The upload says nothing about it.' : table(['', ''], said);
  return `## Intended use\n\n${text}`;
};

const trainingPart = ({ training }: ModelCard): string => {
  const { lineage, flags } = training;
  const data = table(
    ['dataset', 'SHA-256', 'rows', 'withdrawn'],
    training.datasets.map(({ name, sha256, rows, withdrawn }) => [
      name,
      sha256,
      rows,
      withdrawn && `${day(withdrawn.at)}: ${withdrawn.reason}`,
    ]),
  );
  const { code } = lineage;
  const inherited = flags.filter(({ inheritedFrom }) => inheritedFrom !== undefined);
  return [
    '## Training data and lineage',
    'As the upload declares it.',
    training.datasets.length === 0 ? 'No datasets are declared.' : data,
    table(
      ['', ''],
      [
        ['code', code && `${code.repo}${code.commit === undefined ? '' : ` at ${code.commit}`}`],
        ['parent version', lineage.parent],
        ['champion replaced', lineage.championReplaced],
        ['seed', lineage.seed],
        ...inherited.map((flag) => [
          'warning',
          `rests on ${flag.dataset.name}, through version ${flag.inheritedFrom}, which was withdrawn: ${flag.reason}`,
        ]),
      ],
    ),
  ].join('\n\n');
};

type Evaluation = NonNullable<ModelCard['evaluation']>;

const metricsTable = ({ metrics, champion }: Evaluation): string => {
  if (champion?.status !== 'compared')
    return table(
      ['metric', 'value'],
      byName(metrics).map(([name, value]) => [name, rounded(value)]),
    );
  return table(
    ['metric', 'this version', `champion, version ${champion.version}`, 'difference'],
    byName(metrics).map(([name, value]) => [
      name,
      rounded(value),
      rounded(champion.metrics[name]),
      rounded(champion.difference[name]),
    ]),
  );
};

const groupTables = ({ groups }: Evaluation): string[] =>
  groups.flatMap(({ attribute, groups: rows }) => [
    `### By ${escaped(attribute)}`,
    table(
      ['group', 'rows', 'selection rate', 'true positive rate', 'accuracy', 'mean loss', 'note'],
      rows.map((row) => [
        row.group,
        row.n,
        rounded(row.selectionRate),
        rounded(row.tpr),
        rounded(row.accuracy),
        rounded(row.loss),
        row.tooSmall ? 'too small to judge' : undefined,
      ]),
    ),
  ]);

const speedTable = ({ latency, peakMemoryBytes }: Evaluation): string[] => {
  if (latency === undefined) return [];
  const { loadMs, batch1, batch100 } = latency;
  return [
    '### Latency and memory',
    table(
      ['', 'p50', 'p99'],
      [
        ['ms a row, 1 row at a time', rounded(batch1.p50), rounded(batch1.p99)],
        ...(batch100 ? [['ms a row, 100 rows at a time', rounded(batch100.p50), rounded(batch100.p99)]] : []),
        ['ms to load', rounded(loadMs), undefined],
        ['bytes of memory at most', peakMemoryBytes, undefined],
      ],
    ),
  ];
};

const gateTable = ({ gates }: Evaluation): string[] =>
  gates === undefined
    ? []
    : [
        `### Gates of policy ${gates.policy}`,
        table(
          ['gate', 'value', 'threshold', 'result', 'why'],
          gates.results.map(({ gate, value, threshold, pass, severity, why }) => [
            gate,
            rounded(value),
            threshold,
            pass ? 'pass' : `fail (${severity})`,
            why,
          ]),
        ),
      ];

const evaluationPart = ({ evaluation }: ModelCard): string => {
  if (evaluation === undefined) return '## Evaluation\n\nNot evaluated.';
  const { data, champion, report } = evaluation;
  return [
    '## Evaluation',
    data === undefined
      ? 'There was no labelled data: the version was loaded, run and timed only.'
      : table(
          ['', ''],
          [
            ['data', `${data.file}, of version ${data.version}`],
            ['SHA-256', data.sha256],
            ['rows', data.rows],
            ['label', data.label],
            ['evaluated', day(evaluation.evaluatedAt)],
          ],
        ),
    ...(Object.keys(evaluation.metrics).length === 0 ? [] : [metricsTable(evaluation)]),
    ...(champion?.status === 'absent' ? [`Not compared with a champion: ${escaped(champion.reason)}`] : []),
    ...groupTables(evaluation),
    ...speedTable(evaluation),
    ...gateTable(evaluation),
    `Whole report: ${escaped(report.key)}, SHA-256 ${escaped(report.sha256)}`,
  ].join('\n\n');
};

const approvalPart = ({ approval }: ModelCard): string => {
  if (approval === undefined) return '## Approval\n\nNo approval is on record.';
  return [
    '## Approval',
    `${escaped(approval.status)}, ${escaped(approval.id)}`,
    table(
      ['reviewer', 'decision', 'at', 'comment'],
      approval.reviews.map(({ reviewer, decision, at, comment }) => [actorText(reviewer), decision, day(at), comment]),
    ),
  ].join('\n\n');
};

/** The card as GitHub-flavoured Markdown. */
export const cardMarkdown = (card: ModelCard): string =>
  `${[
    `# ${escaped(card.details.model)}, version ${card.details.version}`,
    detailsPart(card),
    intendedUsePart(card),
    trainingPart(card),
    evaluationPart(card),
    approvalPart(card),
  ].join('\n\n')}\n`;
