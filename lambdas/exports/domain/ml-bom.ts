import { signingText } from '../../registry/domain/signing-text';
import type { ModelCard } from '../schemas/model-card';
import { bomModelCard } from './bom-model-card';
import { derivedUuid } from './derived-uuid';
import { uriOf } from './lineage-facets';

const hashed = (sha256: string | undefined): object =>
  sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: sha256 }] };

const refOf = ({ details: { model, version } }: ModelCard): string => `model:${model}@${version}`;

const datasetRef = ({ name, sha256, digest }: ModelCard['training']['datasets'][number]): string =>
  `dataset:${name}@${sha256 ?? digest ?? 'none'}`;

/** Datasets by their reference, each once. */
const datasetsOf = ({ training }: ModelCard) => [
  ...new Map(training.datasets.map((dataset) => [datasetRef(dataset), dataset])).entries(),
];

const dataComponents = (card: ModelCard): object[] =>
  datasetsOf(card).map(([ref, { name, uri, sha256, digest, rows, withdrawn }]) => ({
    type: 'data',
    'bom-ref': ref,
    name,
    ...hashed(sha256),
    data: [{ type: 'dataset', name, ...(uri === undefined ? {} : { contents: { url: iriOf(uri) } }) }],
    properties: [
      // Of a kind that this format has no name for.
      ...(digest === undefined ? [] : [{ name: 'contender:digest', value: digest }]),
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

/** The graph’s own hash is the model’s: the rest of the upload describes it. */
const graphHash = ({ details: { runtime, files } }: ModelCard): string | undefined =>
  runtime?.kind === 'onnx' ? files.find(({ path }) => path === runtime.file)?.sha256 : undefined;

type Reference = { readonly type: string; readonly url: string } & Readonly<Record<string, unknown>>;

/** What is kept elsewhere: the code, the evaluation report, the signature. */
const referencesOf = ({ details, training, evaluation }: ModelCard): { externalReferences?: Reference[] } => {
  const { code } = training.lineage;
  const { signing, files } = details;
  const signature = signing?.status === 'verified' ? files.find(({ path }) => path === 'model.sig') : undefined;
  const commit = code?.commit === undefined ? {} : { comment: `commit ${code.commit}` };
  const references: Reference[] = [
    ...(code === undefined ? [] : [{ type: 'vcs', url: iriOf(code.repo), ...commit }]),
    ...(evaluation === undefined
      ? []
      : [
          {
            type: 'quality-metrics',
            url: iriOf(evaluation.report.key),
            comment: 'the evaluation report, in the artifact bucket',
            ...hashed(evaluation.report.sha256),
          },
        ]),
    ...(signature === undefined
      ? []
      : [
          {
            type: 'digital-signature',
            url: signature.path,
            comment: 'OpenSSF model signing, verified',
            ...hashed(signature.sha256),
          },
        ]),
  ];
  return references.length === 0 ? {} : { externalReferences: references };
};

/** As an IRI reference: what is no absolute one is a path, in which a colon would make a scheme of what stands before it. */
const iriOf = (text: string): string => uriOf(text) ?? text.split('/').map(encodeURIComponent).join('/');

const endpointOf = ({ details: { runtime }, evaluation }: ModelCard): string | undefined =>
  runtime?.kind === 'sagemaker' ? runtime.endpoint : evaluation?.runtime?.endpoint;

const propertiesOf = (card: ModelCard): object[] => {
  const { details, approval, training } = card;
  const { run, copiedFrom } = training.lineage;
  return Object.entries({
    'contender:status': details.status,
    'contender:rootDigest': details.rootDigest,
    'contender:signing': details.signing?.status,
    'contender:signed': details.signing && signingText(details.signing),
    'contender:run': run,
    'contender:copiedFrom': copiedFrom && `${copiedFrom.model}@${copiedFrom.version}`,
    'contender:endpoint': endpointOf(card),
    'contender:approval': approval?.status,
    'contender:approvalId': approval?.id,
  }).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
};

const modelComponent = (card: ModelCard, datasets: readonly string[]): object => {
  const { model, version, owner } = card.details;
  const { parent, copiedFrom } = card.training.lineage;
  const from = [...(parent === undefined ? [] : [{ model, version: parent }]), ...(copiedFrom ? [copiedFrom] : [])];
  const ancestors = from.map((made) => ({
    type: 'machine-learning-model',
    name: made.model,
    version: String(made.version),
  }));
  const pedigree = ancestors.length === 0 ? {} : { pedigree: { ancestors } };
  return {
    type: 'machine-learning-model',
    'bom-ref': refOf(card),
    name: model,
    version: String(version),
    ...(card.intendedUse?.purpose === undefined ? {} : { description: card.intendedUse.purpose }),
    ...(card.intendedUse?.license === undefined ? {} : { licenses: [{ license: { name: card.intendedUse.license } }] }),
    ...(owner === undefined ? {} : { supplier: { name: owner } }),
    ...hashed(graphHash(card)),
    ...referencesOf(card),
    ...pedigree,
    modelCard: bomModelCard(card, datasets),
    properties: propertiesOf(card),
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
      component: modelComponent(card, datasets),
    },
    components: [...fileComponents(card), ...dataComponents(card)],
    dependencies: [
      { ref: refOf(card), dependsOn: [...files, ...datasets] },
      ...[...files, ...datasets].map((ref) => ({ ref })),
    ],
  };
};
