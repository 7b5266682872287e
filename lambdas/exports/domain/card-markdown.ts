import { signingText } from '../../registry/domain/signing-text';
import type { ModelCard } from '../schemas/model-card';
import { evaluationPart } from './card-evaluation';
import { day, escaped, facts, table } from './markdown';

const actorText = ({ kind, id, name }: { kind: string; id: string; name?: string | undefined }): string =>
  `${name ?? id} (${kind})`;

const gatesText = ({ gates }: NonNullable<ModelCard['evaluation']>): string | undefined => {
  if (gates === undefined || gates.results.length === 0) return undefined;
  const failed = gates.results.filter(({ pass }) => !pass);
  return `${gates.results.length - failed.length} of ${gates.results.length} passed${failed.length === 0 ? '' : `; failed: ${failed.map(({ gate }) => gate).join(', ')}`}`;
};

const decisionText = ({ approval }: ModelCard): string | undefined => {
  if (approval === undefined) return undefined;
  const { status, reviews, required } = approval;
  const by = reviews.map(({ reviewer, decision }) => `${decision} by ${reviewer.name ?? reviewer.id}`).join(', ');
  return [status, ...(by === '' ? [] : [by]), ...(required === undefined ? [] : [`${required} needed`])].join('; ');
};

const evidenceText = ({ data, notRun }: NonNullable<ModelCard['evaluation']>): string | undefined => {
  if (data === undefined) return notRun === undefined ? undefined : 'none: the version was not run';
  const { rows, sample } = data;
  return `${rows} labelled rows${sample === undefined ? '' : `, a random sample of ${sample.of}`}`;
};

/** What a reader wants to know first. */
const glance = (card: ModelCard): string => {
  const { details, evaluation, training } = card;
  const { rejection } = details;
  const withdrawn = [...new Set(training.flags.map(({ dataset }) => dataset.name))];
  return facts([
    ['status', details.status],
    ['rejected', rejection && `${rejection.code}: ${rejection.message}`],
    ['task', details.task],
    ['owner', details.owner],
    ['risk', details.risk],
    ['tier of the policy', details.tier],
    ['policy', details.policy],
    ['evidence', evaluation && evidenceText(evaluation)],
    ['gates', evaluation && gatesText(evaluation)],
    ['approval', decisionText(card)],
    ['warning', withdrawn.length === 0 ? undefined : `rests on withdrawn data: ${withdrawn.join(', ')}`],
  ]);
};

const runtimeText = (runtime: ModelCard['details']['runtime']): string | undefined =>
  runtime && (runtime.kind === 'onnx' ? `onnx, ${runtime.file}` : `sagemaker, ${runtime.endpoint}`);

const detailsPart = ({ details }: ModelCard): string => {
  const { signing } = details;
  const known = facts([
    ['uploaded by', actorText(details.uploader)],
    ['registered', day(details.registeredAt)],
    ['root digest', details.rootDigest],
    ['signed', signing && signingText(signing)],
    ['runtime', runtimeText(details.runtime)],
  ]);
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
    known,
    ...(details.inputs.length > 0 ? [tensors] : []),
    ...(details.columns.length > 0 ? [columns] : []),
  ];
  return `## Model details\n\n${shown.join('\n\n')}`;
};

const intendedUsePart = ({ intendedUse = {} }: ModelCard): string => {
  const { purpose, users, outOfScope, limitations, ethics, license, contact } = intendedUse;
  const said = [
    ['purpose', purpose],
    ['users', users],
    ['out of scope', outOfScope],
    ['limitations', limitations],
    ['ethical considerations', ethics],
    ['license', license],
    ['contact', contact],
  ].filter(([, text]) => text !== undefined);
  const text = said.length === 0 ? 'The upload says nothing about it.' : table(['', ''], said);
  return `## Intended use\n\n${text}`;
};

const trainingPart = ({ training }: ModelCard): string => {
  const { lineage, flags } = training;
  const data = table(
    ['dataset', 'digest', 'from', 'rows', 'withdrawn'],
    training.datasets.map(({ name, uri, sha256, digest, rows, withdrawn }) => [
      name,
      sha256 === undefined ? digest : `SHA-256 ${sha256}`,
      uri,
      rows,
      withdrawn && `${day(withdrawn.at)}: ${withdrawn.reason}`,
    ]),
  );
  const { code, fromRun = [] } = lineage;
  const inherited = flags.filter(({ inheritedFrom }) => inheritedFrom !== undefined);
  return [
    '## Training data and lineage',
    fromRun.length === 0
      ? 'As the upload declares it.'
      : `As its uploader claims it; ${fromRun.join(' and ')} as the run logged them.`,
    training.datasets.length === 0 ? 'No datasets are declared.' : data,
    facts([
      ['code', code && `${code.repo}${code.commit === undefined ? '' : ` at ${code.commit}`}`],
      ['run', lineage.run],
      ['parent version', lineage.parent],
      ['copied from', lineage.copiedFrom && `version ${lineage.copiedFrom.version} of ${lineage.copiedFrom.model}`],
      ['champion replaced', lineage.championReplaced],
      ['seed', lineage.seed],
      ...inherited.map((flag): [string, string] => [
        'warning',
        `rests on ${flag.dataset.name}, through version ${flag.inheritedFrom}, which was withdrawn: ${flag.reason}`,
      ]),
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
};

const approvalPart = ({ approval }: ModelCard): string => {
  if (approval === undefined) return '## Approval\n\nNo approval is on record.';
  const { status, id, required, requestedAt, decidedAt, expiredAt, reviews } = approval;
  return [
    '## Approval',
    facts([
      ['status', status],
      ['id', id],
      ['reviewers needed', required],
      ['asked for', day(requestedAt)],
      ['decided', day(decidedAt)],
      ['expired', day(expiredAt)],
    ]),
    reviews.length === 0
      ? 'No review yet.'
      : table(
          ['reviewer', 'decision', 'at', 'comment'],
          reviews.map(({ reviewer, decision, at, comment }) => [actorText(reviewer), decision, day(at), comment]),
        ),
  ].join('\n\n');
};

/** The card as GitHub-flavoured Markdown. */
export const cardMarkdown = (card: ModelCard): string =>
  `${[
    `# ${escaped(card.details.model)}, version ${card.details.version}`,
    glance(card),
    detailsPart(card),
    intendedUsePart(card),
    trainingPart(card),
    evaluationPart(card),
    approvalPart(card),
  ].join('\n\n')}\n`;
