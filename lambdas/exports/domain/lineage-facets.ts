import type { RunEvent } from '../schemas/open-lineage';

/** Where the published schemas of the standard lie. */
export const SPEC = 'https://openlineage.io/spec';
/** A URI, as the standard wants one; this software has no page of its own. */
export const PRODUCER = 'urn:contender:exports';

/** Published versions of the facets that are given: a facet is held to the very version that it names. */
const VERSIONS = {
  DataQualityMetricsInputDatasetFacet: '1-0-3',
  DatasetTypeDatasetFacet: '1-0-1',
  DatasetVersionDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  DocumentationDatasetFacet: '1-1-0',
  DocumentationJobFacet: '1-1-0',
  InputStatisticsInputDatasetFacet: '1-0-0',
  JobTypeJobFacet: '2-0-4',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  OwnershipDatasetFacet: '1-0-1',
  OwnershipJobFacet: '1-0-1',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  SourceCodeLocationJobFacet: '1-1-0',
  TagsDatasetFacet: '1-0-0',
  TestRunFacet: '1-0-1',
} as const;

export type Facets = RunEvent['job']['facets'];
export type Facet = Facets[string];

/** A facet with what is known of its fields. */
export const facet = (schema: keyof typeof VERSIONS, fields: Readonly<Record<string, unknown>>): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${VERSIONS[schema]}/${schema}.json#/$defs/${schema}`,
  ...known(fields),
});

const known = <T>(fields: Readonly<Record<string, T | undefined>>): Record<string, T> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** Facets by name, without those of which nothing is known. */
export const facets = (given: Readonly<Record<string, Facet | undefined>>): Facets => known(given);

/** A URI as the standard wants it; `git@host:path`, as Git has it, is one of ssh. Undefined for what is none. */
export const uriOf = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const [, user, host, path] = /^([\w.-]+)@([\w.-]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  const uri = host === undefined ? text : `ssh://${user}@${host}/${path}`;
  return /^[a-z][a-z0-9+.-]*:/i.test(uri) && URL.canParse(uri) ? new URL(uri).href : undefined;
};
