import { signingText } from '../../registry/domain/signing-text';
import type { ModelCard } from '../schemas/model-card';
import { derivedUuid } from './derived-uuid';

const TASKS = {
  'binary-classification': 'classification',
  'multiclass-classification': 'classification',
  regression: 'regression',
} as const;

const hashed = (sha256: string | undefined): object =>
  sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: sha256 }] };

const refOf = ({ details: { model, version } }: ModelCard): string => `model:${model}@${version}`;

const datasetRef = ({ name, sha256 }: ModelCard['training']['datasets'][number]): string =>
  `dataset:${name}@${sha256 ?? 'none'}`;

/** Datasets by their reference, each once. */
const datasetsOf = ({ training }: ModelCard) => [
  ...new Map(training.datasets.map((dataset) => [datasetRef(dataset), dataset])).entries(),
];

const dataComponents = (card: ModelCard): object[] =>
  datasetsOf(card).map(([ref, { name, uri, sha256, rows, withdrawn }]) => ({
    type: 'data',
    'bom-ref': ref,
    name,
    ...hashed(sha256),
    data: [{ type: 'dataset', name, ...(uri === undefined ? {} : { contents: { url: uri } }) }],
    properties: [
      ...(rows === undefined ? [] : [{ name: 'contender:rows', value: String(rows) }]),
      ...(withdrawn === undefined ? [] : [{ name: 'contender:withdrawn', value: withdrawn.reason }]),
    ],
  }));

const fileComponents = (card: ModelCard): object[] =>
  card.details.files.map(({ path, sha256, size }) => ({
    type: 'file',
    'bom-ref': `file:${path}`,
    name: path,
    ...hashed(sha256),
    properties: [{ name: 'contender:bytes', value: String(size) }],
  }));

const performanceOf = ({ evaluation }: ModelCard): object[] => {
  const overall = Object.entries(evaluation?.metrics ?? {}).map(([type, value]) => ({ type, value: String(value) }));
  const groups = (evaluation?.groups ?? []).flatMap(({ attribute, groups: rows }) =>
    rows.flatMap(({ group, accuracy, selectionRate, tpr }) =>
      Object.entries({ accuracy, selectionRate, tpr }).flatMap(([type, value]) =>
        value === null ? [] : [{ type, value: String(value), slice: `${attribute} = ${group}` }],
      ),
    ),
  );
  return [...overall, ...groups];
};

const formatsOf = (tensors: ModelCard['details']['inputs']): object[] =>
  tensors.map(({ name, datatype, shape }) => ({ format: `${name}: ${datatype}[${shape.join(',')}]` }));

const cardOf = (card: ModelCard): object => {
  const { task, inputs, outputs } = card.details;
  return {
    modelParameters: {
      ...(task === undefined ? {} : { task: TASKS[task] }),
      datasets: datasetsOf(card).map(([ref]) => ({ ref })),
      inputs: formatsOf(inputs),
      outputs: formatsOf(outputs),
    },
    quantitativeAnalysis: { performanceMetrics: performanceOf(card) },
    ...considerationsOf(card),
  };
};

const considerationsOf = ({ evaluation, training, intendedUse = {} }: ModelCard): object => {
  const { purpose, users, outOfScope, limitations, ethics } = intendedUse;
  const withdrawals = training.flags.map(({ dataset, reason }) => `rests on ${dataset.name}, withdrawn: ${reason}`);
  const groups = (evaluation?.groups ?? []).map(({ attribute }) => ({ groupAtRisk: attribute }));
  const listed = {
    users: [users].filter(Boolean),
    useCases: [purpose].filter(Boolean),
    technicalLimitations: [limitations, outOfScope && `Not for: ${outOfScope}`, ...withdrawals].filter(Boolean),
    ethicalConsiderations: ethics === undefined ? [] : [{ name: ethics }],
    fairnessAssessments: groups,
  };
  const considerations = Object.fromEntries(Object.entries(listed).filter(([, items]) => items.length > 0));
  return Object.keys(considerations).length === 0 ? {} : { considerations };
};

const modelComponent = (card: ModelCard): object => {
  const { model, version, owner, rootDigest, status, signing } = card.details;
  const { parent, code } = card.training.lineage;
  const ancestor = { type: 'machine-learning-model', name: model, version: String(parent) };
  const pedigree = parent === undefined ? {} : { pedigree: { ancestors: [ancestor] } };
  return {
    type: 'machine-learning-model',
    'bom-ref': refOf(card),
    name: model,
    version: String(version),
    ...(owner === undefined ? {} : { supplier: { name: owner } }),
    ...pedigree,
    modelCard: cardOf(card),
    properties: [
      { name: 'contender:status', value: status },
      ...(rootDigest === undefined ? [] : [{ name: 'contender:rootDigest', value: rootDigest }]),
      ...(signing === undefined ? [] : [{ name: 'contender:signed', value: signingText(signing) }]),
      ...(code === undefined
        ? []
        : [{ name: 'contender:code', value: [code.repo, code.commit].filter(Boolean).join('@') }]),
    ],
  };
};

/** The ML bill of materials of a version, CycloneDX 1.6; the same record has the same bytes. */
export const mlBom = (card: ModelCard): { bomFormat: 'CycloneDX'; specVersion: '1.6' } & Record<string, unknown> => {
  const files = card.details.files.map(({ path }) => `file:${path}`);
  const datasets = datasetsOf(card).map(([ref]) => ref);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${derivedUuid(JSON.stringify(card))}`,
    version: 1,
    metadata: {
      timestamp: new Date(card.details.registeredAt).toISOString(),
      tools: { components: [{ type: 'application', name: 'contender' }] },
      component: modelComponent(card),
    },
    components: [...fileComponents(card), ...dataComponents(card)],
    dependencies: [
      { ref: refOf(card), dependsOn: [...files, ...datasets] },
      ...[...files, ...datasets].map((ref) => ({ ref })),
    ],
  };
};
