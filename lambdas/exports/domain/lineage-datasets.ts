import type { ModelCard, SeenColumn } from '../schemas/model-card';
import type { RunEvent } from '../schemas/open-lineage';
import { type Facet, facet, facets, uriOf } from './lineage-facets';

type Input = RunEvent['inputs'][number];
type Output = RunEvent['outputs'][number];
type Field = { readonly name: string; readonly type?: string; readonly description?: string };

export const versionFacet = (datasetVersion: string | undefined): Facet | undefined =>
  datasetVersion === undefined ? undefined : facet('DatasetVersionDatasetFacet', { datasetVersion });

const typed = (datasetType: 'FILE' | 'MODEL'): Facet => facet('DatasetTypeDatasetFacet', { datasetType });

/** Objects on S3 are named as other producers name them, so that their graphs meet. */
const placeOf = (namespace: string, name: string, uri: string | undefined) => {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri ?? '') ?? [];
  return bucket === undefined || key === undefined
    ? { namespace, name: `datasets/${name}` }
    : { namespace: `s3://${bucket}`, name: key };
};

type TrainingDataset = ModelCard['training']['datasets'][number];

/** What a version was trained on, as its upload declares it. */
export const trainingData = (dataset: TrainingDataset, namespace: string): Input => {
  const { name, uri, sha256, digest, rows, withdrawn } = dataset;
  const tags = withdrawn && [{ key: 'withdrawn', value: withdrawn.reason, source: 'CONTENDER' }];
  const url = uriOf(uri);
  return {
    ...placeOf(namespace, name, uri),
    facets: facets({
      version: versionFacet(sha256 ?? digest),
      dataSource: url === undefined ? undefined : facet('DatasourceDatasetFacet', { name, uri: url }),
      tags: tags && facet('TagsDatasetFacet', { tags }),
    }),
    ...(rows === undefined
      ? {}
      : { inputFacets: { inputStatistics: facet('InputStatisticsInputDatasetFacet', { rowCount: rows }) } }),
  };
};

/** A version as a dataset: what training makes and evaluation reads. */
export const versionDataset = (namespace: string, model: string, version: number, rootDigest?: string): Input => ({
  namespace,
  name: `models/${model}/${version}`,
  facets: facets({ version: versionFacet(rootDigest), datasetType: typed('MODEL') }),
});

const columnsOf = ({ details }: ModelCard): Field[] =>
  details.columns.map(({ name, type, unit }) => ({ name, type, ...(unit === undefined ? {} : { description: unit }) }));

const schemaFacet = (fields: readonly Field[]): Facet | undefined =>
  fields.length === 0
    ? undefined
    : facet('SchemaDatasetFacet', { fields: fields.map((field, at) => ({ ...field, ordinal_position: at + 1 })) });

/** The version that the card is of, with its columns, owner and purpose. */
export const madeVersion = (card: ModelCard, namespace: string): Output => {
  const { model, version, rootDigest, owner, files } = card.details;
  const made = versionDataset(namespace, model, version, rootDigest);
  const purpose = card.intendedUse?.purpose;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const statistics = facet('OutputStatisticsOutputDatasetFacet', { size, fileCount: files.length });
  return {
    ...made,
    facets: facets({
      ...made.facets,
      schema: schemaFacet(columnsOf(card)),
      ownership: owner === undefined ? undefined : facet('OwnershipDatasetFacet', { owners: [{ name: owner }] }),
      documentation: purpose === undefined ? undefined : facet('DocumentationDatasetFacet', { description: purpose }),
    }),
    ...(files.length === 0 ? {} : { outputFacets: { outputStatistics: statistics } }),
  };
};

const columnMetrics = (columns: readonly SeenColumn[]) =>
  Object.fromEntries(
    columns.map(({ name, rows, missing, quantiles }) => [
      name,
      { nullCount: missing, count: rows - missing, ...(quantiles && { quantiles }) },
    ]),
  );

/** The labelled rows that a version was judged on; undefined where there were none. */
export const evaluationData = (card: ModelCard, namespace: string): Input | undefined => {
  const { data, columns = [] } = card.evaluation ?? {};
  if (data === undefined) return undefined;
  const label = { name: data.label, description: 'the truth' };
  const quality = { rowCount: data.sample?.of ?? data.rows, fileCount: 1, columnMetrics: columnMetrics(columns) };
  return {
    namespace,
    name: `models/${card.details.model}/${data.version}/${data.file}`,
    facets: facets({
      version: versionFacet(data.sha256),
      datasetType: typed('FILE'),
      schema: schemaFacet([...columnsOf(card), label]),
    }),
    inputFacets: { dataQualityMetrics: facet('DataQualityMetricsInputDatasetFacet', quality) },
  };
};

/** Where the evaluation report lies. */
export const reportDataset = (namespace: string, { key, sha256 }: { key: string; sha256: string }): Output => ({
  namespace,
  name: key,
  facets: facets({ version: versionFacet(sha256), datasetType: typed('FILE') }),
});
