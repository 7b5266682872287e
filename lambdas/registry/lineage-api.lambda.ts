import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Identity } from '../access/contract';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { InvalidInput, NotFound } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { SecretsKeyRing } from '../predictions/adapters/secrets-key-ring';
import { openWithCurrentKeys } from '../predictions/open-prediction-id';
import { DynamoLineage } from './adapters/dynamo-lineage';
import { LIST } from './adapters/keys';
import { PredictionTrace } from './adapters/prediction-trace';
import { RegistryReader } from './adapters/registry-reader';
import { RegistryTable } from './adapters/registry-table';
import {
  type DatasetRecord,
  type DatasetRef,
  datasetOfPath,
  datasetRecordSchema,
  lineageApiEnvSchema,
} from './contract';
import { championReplaced, lineageOf } from './domain/describe-version';
import { parentOf, textOf } from './domain/version-flags';
import type { UseIndex } from './ports';
import { describerFor, seesUseOf } from './related-versions';
import { LINEAGE_API } from './schemas/lineage-api';
import { decodePosition, walkLineage } from './walk-lineage';

const env = readEnv(lineageApiEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table);
const store = new DynamoLineage(table);
const keys = new SecretsKeyRing(new SecretsManagerClient({}), env.PREDICTION_KEYS_SECRET, env.DEPLOYMENT);
const trace = new PredictionTrace(table, reader);

type LineageHandles = Handles<typeof LINEAGE_API>;

const sees = (dataset: DatasetRef, identity: Identity): Promise<boolean> =>
  seesUseOf({ kind: 'dataset', dataset }, identity, reader, store);

/** A dataset that the caller may see. @throws NotFound for any other, on record or not */
const datasetFor = async (ref: DatasetRef, identity: Identity): Promise<DatasetRecord> => {
  requireRole(identity, 'model:read');
  const found = await store.dataset(ref);
  if (found === undefined || !(await sees(ref, identity)))
    throw new NotFound(`no version that you may read was trained on the dataset ${textOf(ref)}`);
  return found;
};

const listDatasets: LineageHandles['listDatasets'] = async ({ query, identity }) => {
  requireRole(identity, 'model:read');
  const page = await table.list(LIST.datasets, datasetRecordSchema, query);
  const visible = await Promise.all(
    page.items.map(async (dataset) => ((await sees(dataset, identity)) ? [dataset] : [])),
  );
  return { body: { ...page, items: visible.flat() } };
};

const readDataset: LineageHandles['readDataset'] = async ({ path, identity }) => ({
  body: await datasetFor(datasetOfPath(path), identity),
});

interface Asked {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly serving: 'true' | 'false';
  readonly transitive: 'true' | 'false';
}

const usesOf = (index: UseIndex, { limit, cursor, serving, transitive }: Asked, identity: Identity) =>
  walkLineage(
    {
      forest: { index, transitive: transitive === 'true' },
      from: cursor === undefined ? undefined : decodePosition(cursor),
      limit,
      visit: describerFor(identity, reader, store, serving === 'true'),
    },
    store,
  );

const listDatasetVersions: LineageHandles['listDatasetVersions'] = async ({ path, query, identity }) => {
  const dataset = datasetOfPath(path);
  await datasetFor(dataset, identity);
  return { body: await usesOf({ kind: 'dataset', dataset }, query, identity) };
};

const listCodeVersions: LineageHandles['listCodeVersions'] = async ({ query, identity }) => {
  requireRole(identity, 'model:read');
  const { repo, commit } = query;
  return { body: await usesOf({ kind: 'code', repo, commit }, query, identity) };
};

/** The cursor is the number of the next ancestor. */
const ancestorAt = (cursor: string | undefined, version: number): number => {
  if (cursor === undefined) return version;
  const at = Number(cursor);
  if (!Number.isSafeInteger(at) || at < 1 || at >= version)
    throw new InvalidInput('the cursor is not one that this list gave out; start without a cursor');
  return at;
};

const readLineage: LineageHandles['readLineage'] = async ({ path: { model, version }, query, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  const items = [];
  let next: number | undefined = ancestorAt(query.cursor, version);
  while (next !== undefined && items.length < query.limit) {
    const found = await reader.version(model, next);
    const { status, rootDigest, flags } = found;
    const lineage = { ...lineageOf(found), championReplaced: championReplaced(await reader.climb(found)) };
    items.push({ version: next, status, rootDigest, lineage, flags });
    next = parentOf(found);
  }
  return { body: { items, ...(next === undefined ? {} : { cursor: String(next) }) } };
};

const listDescendants: LineageHandles['listDescendants'] = async ({ path: { model, version }, query, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  await reader.version(model, version);
  const start = { model, root: version, at: version, phase: 'down' as const };
  // Whatever a cursor says, the walk stays below this version.
  const from = query.cursor === undefined ? start : { ...decodePosition(query.cursor), model, root: version };
  const visit = describerFor(identity, reader, store, false);
  return { body: await walkLineage({ forest: { transitive: true }, from, limit: query.limit, visit }, store) };
};

const tracePrediction: LineageHandles['tracePrediction'] = async ({ path: { id }, identity }) => {
  requireRole(identity, 'prediction:trace');
  const record = await openWithCurrentKeys(id, keys);
  authorize(identity, 'prediction:trace', await reader.access(record.model));
  return { body: await trace.of(record) };
};

export const handler = apiHandler(LINEAGE_API, {
  listDatasets,
  readDataset,
  listDatasetVersions,
  listCodeVersions,
  readLineage,
  listDescendants,
  tracePrediction,
});
