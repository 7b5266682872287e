import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { datasetKey, LIST, modelKey, parentKey, SK, UNDIGESTED, useSk } from '../../lambdas/registry/adapters/keys';
import { manifestSchema } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import type { AuditEvent } from '../../lambdas/registry/schemas/audit';
import { modelSchema } from '../../lambdas/registry/schemas/model';
import { modelVersionSchema } from '../../lambdas/registry/schemas/model-version';
import type { RegistryTables } from '../../local/registry-tables';

/** Items that DynamoDB takes in one batch, and batches under way at once. */
const BATCH = 25;
const AT_ONCE = 8;
const EPOCH = Date.UTC(2026, 0, 1);
const UPLOADER = { kind: 'person', id: 'ada', name: 'Ada' } as const;
const ULID = '01JGFJJZ000000000000000000';

/** What one model of a table has. */
export interface Fill {
  readonly model: string;
  readonly versions: number;
  readonly events: number;
  /** What version 1 was trained on; each later version is then made from the one before it. */
  readonly dataset?: string;
  /** The run that logged version 1. */
  readonly run?: string;
  /** The evaluation report of every version. @default one that is not there */
  readonly report?: { readonly key: string; readonly sha256: string };
}

const digestOf = (n: number): string => n.toString(16).padStart(64, '0');

/** What a version says that it was made from. */
const trainingOf = ({ dataset }: Fill, version: number) => ({
  code: { repo: 'git', commit: 'abc' },
  ...(dataset !== undefined && version === 1 ? { datasets: [{ name: dataset }] } : {}),
  ...(dataset !== undefined && version > 1 ? { parent: version - 1 } : {}),
});

const versionItem = ({ model, report, ...rest }: Fill, version: number) => ({
  pk: modelKey(model),
  sk: SK.version(version),
  entity: 'version',
  schemaVersion: 1,
  ...modelVersionSchema.parse({
    model,
    version,
    status: 'EVALUATED',
    registeredAt: EPOCH + version,
    uploader: UPLOADER,
    source: { bucket: 'uploads', key: `inbox/${model}/${version}.onnx`, id: `v${version}` },
    generation: 1,
    rootDigest: digestOf(version),
    files: [{ path: 'model.onnx', size: 100_000, sha256: digestOf(version + 1) }],
    artifactPrefix: `models/${model}/${digestOf(version)}/`,
    runtime: { kind: 'onnx', file: 'model.onnx' },
    signature: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 30] }],
      outputs: [{ name: 'label', datatype: 'INT64', shape: [-1] }],
      columns: [],
    },
    manifest: manifestSchema.parse({ owner: 'risk-models', training: trainingOf({ model, ...rest }, version) }),
    evaluatedAt: EPOCH + version,
    evaluation: {
      evidence: 'labelled',
      metrics: { accuracy: 0.9, logLoss: 0.2, rocAuc: 0.95 },
      latencyMsPerRow: 0.1,
      report: report ?? { key: `reports/${model}/${version}.json`, sha256: digestOf(version + 2) },
    },
  }),
});

const modelItem = ({ model, versions }: Fill) => ({
  pk: modelKey(model),
  sk: SK.meta,
  listPk: LIST.models,
  listSk: model,
  ...modelSchema.parse({
    model,
    createdAt: EPOCH,
    access: 'open',
    latestVersion: versions,
    policyNumber: 0,
    generation: versions,
  }),
});

/** The items by which lineage is found. */
function* lineageItems({ model, versions, dataset }: Fill): Generator<object> {
  if (dataset === undefined) return;
  const pk = datasetKey({ name: dataset });
  const list = { listPk: LIST.datasets, listSk: `${dataset}@${UNDIGESTED}` };
  yield { pk, sk: SK.meta, name: dataset, firstUsedAt: EPOCH, ...list };
  yield { pk, sk: useSk(model, 1), model, version: 1 };
  for (let version = 2; version <= versions; version++)
    yield { pk: parentKey(model, version - 1), sk: SK.version(version), model, version };
}

function* registryItems(fill: Fill): Generator<object> {
  yield modelItem(fill);
  for (let version = 1; version <= fill.versions; version++) yield versionItem(fill, version);
  yield* lineageItems(fill);
  if (fill.run === undefined) return;
  const notes = { runId: fill.run, tags: {}, changedAt: EPOCH, generation: 0 };
  yield { pk: modelKey(fill.model), sk: SK.version(1).replace(SK.versions, 'NOTES#'), ...notes };
}

function* auditItems({ model, events }: Fill): Generator<object> {
  let last: AuditEvent | undefined;
  for (let n = 1; n <= events; n++) {
    const detail = { report: { sha256: digestOf(n) }, evidence: 'labelled' };
    const entry = { model, type: 'Version Evaluated', at: EPOCH + n, actor: UPLOADER, version: 1, detail } as const;
    last = chainEvent(entry, ULID, last);
    yield { pk: modelKey(model), sk: SK.event(n), ...last };
  }
}

function* batchesOf(items: Iterable<object>): Generator<object[]> {
  let batch: object[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Puts the items as they are, without ledger or conditions: what counts here is that they lie in the table. */
const put = async (dynamo: DynamoDBClient, table: string, items: Iterable<object>): Promise<void> => {
  const client = DynamoDBDocumentClient.from(dynamo);
  const batches = batchesOf(items);
  const work = async () => {
    for (const batch of batches)
      await client.send(
        new BatchWriteCommand({ RequestItems: { [table]: batch.map((Item) => ({ PutRequest: { Item } })) } }),
      );
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
};

/** Puts a model with its versions and its chain of events into the tables. */
export const fillModel = async (dynamo: DynamoDBClient, tables: RegistryTables, fill: Fill): Promise<void> => {
  await put(dynamo, tables.registry, registryItems(fill));
  await put(dynamo, tables.audit, auditItems(fill));
};
