import type { ModelCard } from '../schemas/model-card';
import type { RunEvent } from '../schemas/open-lineage';
import { derivedUuid } from './derived-uuid';

const SPEC = 'https://openlineage.io/spec';
/** A URI, as the specification wants one; this software has no other. */
const PRODUCER = 'urn:contender';

type Dataset = RunEvent['inputs'][number];
type Facet = Dataset['facets'][string];

const facet = (schema: string, fields: Readonly<Record<string, unknown>>): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/1-0-1/${schema}.json#/$defs/${schema}`,
  ...fields,
});

const versionFacet = (datasetVersion: string | undefined): Readonly<Record<string, Facet>> =>
  datasetVersion === undefined ? {} : { version: facet('DatasetVersionDatasetFacet', { datasetVersion }) };

/** Objects on S3 are named as other producers name them, so that their graphs meet. */
const placeOf = (namespace: string, name: string, uri: string | undefined) => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri ?? '') ?? [];
  return bucket === undefined || key === undefined
    ? { namespace, name: `datasets/${name}` }
    : { namespace: `s3://${bucket}`, name: key };
};

const versionOf = (namespace: string, model: string, version: number, rootDigest?: string): Dataset => ({
  namespace,
  name: `models/${model}/${version}`,
  facets: versionFacet(rootDigest),
});

const trainingOf = (card: ModelCard, namespace: string): RunEvent => {
  const { model, version, rootDigest, registeredAt } = card.details;
  const { code, parent } = card.training.lineage;
  const datasets = card.training.datasets.map(
    ({ name, uri, sha256 }): Dataset => ({ ...placeOf(namespace, name, uri), facets: versionFacet(sha256) }),
  );
  const source = { type: 'git', url: code?.repo, ...(code?.commit === undefined ? {} : { version: code.commit }) };
  return {
    ...{ eventType: 'COMPLETE', eventTime: new Date(registeredAt).toISOString(), producer: PRODUCER },
    schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: { runId: derivedUuid(`training\0${model}\0${version}\0${rootDigest}`), facets: {} },
    job: {
      namespace,
      name: `training/${model}`,
      facets: code === undefined ? {} : { sourceCodeLocation: facet('SourceCodeLocationJobFacet', source) },
    },
    inputs: [...datasets, ...(parent === undefined ? [] : [versionOf(namespace, model, parent)])],
    outputs: [versionOf(namespace, model, version, rootDigest)],
  };
};

const evaluationOf = (card: ModelCard, namespace: string): RunEvent[] => {
  const { model, version, rootDigest, registeredAt } = card.details;
  const { evaluation } = card;
  if (evaluation === undefined) return [];
  const { data, champion, report } = evaluation;
  const read: Dataset[] =
    data === undefined
      ? []
      : [{ namespace, name: `models/${model}/${data.version}/${data.file}`, facets: versionFacet(data.sha256) }];
  const beside =
    champion?.status === 'compared' ? [versionOf(namespace, model, champion.version, champion.rootDigest)] : [];
  return [
    {
      ...{ eventType: 'COMPLETE', producer: PRODUCER },
      eventTime: new Date(evaluation.evaluatedAt ?? registeredAt).toISOString(),
      schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
      run: { runId: derivedUuid(`evaluation\0${model}\0${version}\0${report.sha256}`), facets: {} },
      job: { namespace, name: `evaluation/${model}`, facets: {} },
      inputs: [versionOf(namespace, model, version, rootDigest), ...beside, ...read],
      outputs: [{ namespace, name: report.key, facets: versionFacet(report.sha256) }],
    },
  ];
};

/** What made a version, and what evaluated it, as runs that are over; none for what never became one. */
export const openLineage = (card: ModelCard, deployment: string): RunEvent[] => {
  const namespace = `contender://${deployment}`;
  if (card.details.runtime === undefined) return [];
  return [trainingOf(card, namespace), ...evaluationOf(card, namespace)];
};
