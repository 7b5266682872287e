import type { ModelCard } from '../schemas/model-card';
import { evaluationPart } from './card-evaluation';
import { day, escaped, table } from './markdown';

const actorText = ({ kind, id, name }: { kind: string; id: string; name?: string | undefined }): string =>
  `${name ?? id} (${kind})`;

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
      ['signed', details.signing?.status],
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
        ['copied from', lineage.copiedFrom && `version ${lineage.copiedFrom.version} of ${lineage.copiedFrom.model}`],
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
