import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { actorOf } from '../access/domain/actor';
import { authorize, may, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { NotFound } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { DynamoLineage } from './adapters/dynamo-lineage';
import { LIST, modelKey, SK } from './adapters/keys';
import { ModelSettings } from './adapters/model-settings';
import { RegistryReader } from './adapters/registry-reader';
import { RegistryTable } from './adapters/registry-table';
import { datasetOfPath, modelSchema, modelVersionSchema, registryApiEnvSchema } from './contract';
import { checkSigningPolicy } from './domain/check-signing-policy';
import { aliasesOf, championReplaced, lineageOf, summarize } from './domain/describe-version';
import { textOf } from './domain/version-flags';
import { authorizeRecord } from './record-access';
import { seesUseOf } from './related-versions';
import { REGISTRY_API } from './schemas/api';
import { withdrawDataset as withdraw } from './withdraw-dataset';

const env = readEnv(registryApiEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table, env.DEFAULT_POLICY);
const lineage = new DynamoLineage(table);
const settings = new ModelSettings(table, env.NEW_MODELS);

const listModels: Handles<typeof REGISTRY_API>['listModels'] = async ({ query, identity }) => {
  const page = await table.list(LIST.models, modelSchema, query);
  const visible = await Promise.all(
    page.items.map(async (model) => {
      if (!may(identity, 'model:read', await reader.access(model.model))) return [];
      const served = await reader.route(model.model);
      return [{ ...model, ...(served && served.mode !== 'unserved' ? { champion: served.champion.version } : {}) }];
    }),
  );
  return { body: { ...page, items: visible.flat() } };
};

const readModel: Handles<typeof REGISTRY_API>['readModel'] = async ({ path: { model }, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  const [record, served, { number }] = await Promise.all([
    reader.model(model),
    reader.route(model),
    reader.policy(model),
  ]);
  return { body: { ...record, policyNumber: number, route: served ?? null } };
};

const listVersions: Handles<typeof REGISTRY_API>['listVersions'] = async ({ path: { model }, query, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  const [page, served] = await Promise.all([
    table.page(modelKey(model), SK.versions, modelVersionSchema, query),
    reader.route(model),
  ]);
  return { body: { ...page, items: page.items.map((version) => summarize(version, served)) } };
};

const readVersion: Handles<typeof REGISTRY_API>['readVersion'] = async ({ path: { model, version }, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  const [record, served] = await Promise.all([reader.version(model, version), reader.route(model)]);
  const lineage = { ...lineageOf(record), championReplaced: championReplaced(await reader.climb(record)) };
  return { body: { ...record, aliases: aliasesOf(version, served), lineage } };
};

const readAudit: Handles<typeof REGISTRY_API>['readAudit'] = async ({ path: { model }, query, identity }) => {
  await authorizeRecord(identity, model, reader);
  return { body: await table.auditPage(model, query) };
};

const readPolicy: Handles<typeof REGISTRY_API>['readPolicy'] = async ({ path: { model }, identity }) => {
  authorize(identity, 'model:read', await settings.accessOrOpen(model, reader));
  return { body: await reader.policy(model) };
};

const writePolicy: Handles<typeof REGISTRY_API>['writePolicy'] = async ({ path: { model }, body, identity }) => {
  authorize(identity, 'model:configure', await settings.accessOrOpen(model, reader));
  const at = Date.now();
  await checkSigningPolicy(body.signing, at);
  return { body: { number: await settings.putPolicy(model, body, actorOf(identity), at), policy: body } };
};

const writeAccess: Handles<typeof REGISTRY_API>['writeAccess'] = async ({ path: { model }, body, identity }) => {
  authorize(identity, 'access:configure', await reader.access(model));
  await settings.putAccess(model, body, await reader.grants(model), actorOf(identity), Date.now());
  return { body: { model, ...body } };
};

const withdrawDataset: Handles<typeof REGISTRY_API>['withdrawDataset'] = async ({ path, body, identity }) => {
  requireRole(identity, 'dataset:withdraw');
  const dataset = datasetOfPath(path);
  if (!(await seesUseOf({ kind: 'dataset', dataset }, identity, reader, lineage)))
    throw new NotFound(`no version that you may read was trained on the dataset ${textOf(dataset)}`);
  const ports = { store: lineage, now: () => Date.now() };
  return { body: await withdraw(dataset, body.reason, actorOf(identity), ports) };
};

export const handler = apiHandler(REGISTRY_API, {
  listModels,
  readModel,
  listVersions,
  readVersion,
  readAudit,
  readPolicy,
  writePolicy,
  writeAccess,
  withdrawDataset,
});
