import { modelKey, SK } from '../../lambdas/registry/adapters/keys';
import { REGISTRY_API } from '../../lambdas/registry/schemas/api';
import { LINEAGE_API } from '../../lambdas/registry/schemas/lineage-api';
import { apiEvent, claimsOf } from '../../test/kernel/api-event';
import { DEEP, PROBE, PROBE_DATA, PROBE_RUN, SHARED_DATA } from './contents';
import type { Handler, Room } from './handlers';

/** One read, as the gateway hands it over. */
export interface Read {
  readonly name: string;
  readonly room: Room;
  readonly event: (deepest: number) => Parameters<Handler>[0];
  /** What of its time is the embedded AWS's own and grows with the partition, so that the limit says nothing of DynamoDB. */
  readonly unjudged?: string;
}

/** It sorts a partition, and holds the condition against each of its items, for every query; DynamoDB seeks. */
const SORTED = 'the partition is sorted';

const CLAIMS = claimsOf('olga', 'auditor', 'data-scientist');
type Values = Record<string, string>;

const api = (room: Room, path: string, given: Values, query: Values = {}, what = '', unjudged?: string): Read => ({
  name: `GET ${path}${what}`,
  room,
  ...(unjudged ? { unjudged } : {}),
  event: () => apiEvent(`GET ${path}`, { path: given, query, claims: CLAIMS }),
});

const probe: Values = { model: PROBE.model, version: '1' };

/** Half-way down the versions, or the events, of a model that has ever so many of them. */
const deep = (path: string, sk: (n: number) => string): Read => ({
  name: `GET ${path}, half-way down`,
  room: 'registry',
  unjudged: SORTED,
  event: (deepest) => {
    const key = { pk: modelKey(DEEP), sk: sk(Math.ceil(deepest / 2) + 26) };
    const cursor = Buffer.from(JSON.stringify(key)).toString('base64url');
    return apiEvent(`GET ${path}`, { path: { model: DEEP }, query: { cursor, limit: '25' }, claims: CLAIMS });
  },
});

const mlflow = (call: string, given: Values, unjudged?: string): Read => {
  const [method = '', path = ''] = call.split(' ');
  return {
    name: `MLflow ${path} ${Object.values(given).join(' ')}`,
    room: 'mlflow',
    ...(unjudged ? { unjudged } : {}),
    event: () => {
      const event = apiEvent('ANY /api/2.0/mlflow/{proxy+}', { path: { proxy: path }, query: given, claims: CLAIMS });
      Object.assign(event.requestContext.http, { method });
      return event;
    },
  };
};

const dataset = (name: string): Values => ({ name, digest: 'none' });
const card = '/api/v1/models/{model}/versions/{version}/card';

export const READS: readonly Read[] = [
  ...Object.values(REGISTRY_API)
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => api('registry', path, probe)),
  deep(REGISTRY_API.listVersions.path, SK.version),
  deep(REGISTRY_API.readAudit.path, SK.event),
  api('lineage', LINEAGE_API.listDatasets.path, {}),
  api('lineage', LINEAGE_API.readDataset.path, dataset(PROBE_DATA)),
  api('lineage', LINEAGE_API.listDatasetVersions.path, dataset(PROBE_DATA), { transitive: 'true' }, ', transitive'),
  api(
    'lineage',
    LINEAGE_API.listDatasetVersions.path,
    dataset(SHARED_DATA),
    { limit: '25' },
    ' of every model',
    SORTED,
  ),
  api('lineage', LINEAGE_API.readLineage.path, { ...probe, version: String(PROBE.versions) }),
  api('lineage', LINEAGE_API.listDescendants.path, probe),
  api('exports', card, probe),
  mlflow('GET registered-models/get', { name: PROBE.model }),
  mlflow('GET registered-models/search', { filter: `name = '${PROBE.model}'` }),
  mlflow('GET registered-models/search', { filter: `name LIKE '${PROBE.model}%'` }, SORTED),
  mlflow('GET registered-models/search', { filter: `name LIKE '%${PROBE.model.slice(1)}%'` }),
  mlflow('GET model-versions/get', { name: PROBE.model, version: '1' }),
  mlflow('GET model-versions/search', { filter: `name = '${PROBE.model}'`, max_results: '25' }),
  mlflow('GET model-versions/search', { filter: `run_id = '${PROBE_RUN}'` }),
];
