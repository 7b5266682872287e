import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { grantSchema } from '../access/contract';
import { authorize, may } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { apiHandler, pageQuerySchema, route } from '../kernel/http';
import { LIST, modelKey, SK } from './adapters/keys';
import { ModelSettings } from './adapters/model-settings';
import { RegistryReader } from './adapters/registry-reader';
import { RegistryTable } from './adapters/registry-table';
import {
  accessModeSchema,
  modelNameSchema,
  modelSchema,
  modelVersionSchema,
  policySchema,
  registryApiEnvSchema,
  versionNumberSchema,
} from './contract';
import { aliasesOf, championReplaced, climbSchema, lineageOf, summarize } from './domain/describe-version';

const env = readEnv(registryApiEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table, env.DEFAULT_POLICY);
const settings = new ModelSettings(table, env.NEW_MODELS);

const modelPath = z.object({ model: modelNameSchema });
const versionPath = modelPath.extend({ version: versionNumberSchema });

/** Replacing all grants by others must fit one transaction of 100 writes. */
const MAX_GRANTS = 49;
const accessBody = z.strictObject({
  mode: accessModeSchema,
  grants: z
    .array(grantSchema)
    .max(MAX_GRANTS)
    .refine(
      (grants) => new Set(grants.map(({ principal }) => principal)).size === grants.length,
      'name each principal once',
    )
    .default([]),
});

const listModels = route({
  query: pageQuerySchema,
  handle: async ({ query, identity }) => {
    const page = await table.list(LIST.models, modelSchema, query);
    const visible = await Promise.all(
      page.items.map(async (model) => {
        if (!may(identity, 'model:read', await reader.access(model.model))) return [];
        const served = await reader.route(model.model);
        return [{ ...model, ...(served && served.mode !== 'unserved' ? { champion: served.champion.version } : {}) }];
      }),
    );
    return { body: { ...page, items: visible.flat() } };
  },
});

const readModel = route({
  path: modelPath,
  handle: async ({ path: { model }, identity }) => {
    authorize(identity, 'model:read', await reader.access(model));
    const [record, served, { number }] = await Promise.all([
      reader.model(model),
      reader.route(model),
      reader.policy(model),
    ]);
    return { body: { ...record, policyNumber: number, route: served ?? null } };
  },
});

const listVersions = route({
  path: modelPath,
  query: pageQuerySchema,
  handle: async ({ path: { model }, query, identity }) => {
    authorize(identity, 'model:read', await reader.access(model));
    const [page, served] = await Promise.all([
      table.page(modelKey(model), SK.versions, modelVersionSchema, query),
      reader.route(model),
    ]);
    return { body: { ...page, items: page.items.map((version) => summarize(version, served)) } };
  },
});

const readVersion = route({
  path: versionPath,
  handle: async ({ path: { model, version }, identity }) => {
    authorize(identity, 'model:read', await reader.access(model));
    const [record, served, climbs] = await Promise.all([
      reader.version(model, version),
      reader.route(model),
      table.all(modelKey(model), SK.rollouts, climbSchema),
    ]);
    const lineage = { ...lineageOf(record), championReplaced: championReplaced(version, climbs) };
    return { body: { ...record, aliases: aliasesOf(version, served), lineage } };
  },
});

const readAudit = route({
  path: modelPath,
  query: pageQuerySchema,
  handle: async ({ path: { model }, query, identity }) => {
    authorize(identity, 'audit:read', await reader.access(model));
    return { body: await table.auditPage(model, query) };
  },
});

const readPolicy = route({
  path: modelPath,
  handle: async ({ path: { model }, identity }) => {
    authorize(identity, 'model:read', await settings.accessOrOpen(model, reader));
    return { body: await reader.policy(model) };
  },
});

const writePolicy = route({
  path: modelPath,
  body: policySchema,
  handle: async ({ path: { model }, body, identity }) => {
    authorize(identity, 'model:configure', await settings.accessOrOpen(model, reader));
    const actor = { kind: identity.kind, id: identity.id, name: identity.name };
    return { body: { number: await settings.putPolicy(model, body, actor, Date.now()), policy: body } };
  },
});

const writeAccess = route({
  path: modelPath,
  body: accessBody,
  handle: async ({ path: { model }, body, identity }) => {
    authorize(identity, 'access:configure', await reader.access(model));
    const actor = { kind: identity.kind, id: identity.id, name: identity.name };
    await settings.putAccess(model, body, await reader.grants(model), actor, Date.now());
    return { body: { model, ...body } };
  },
});

export const handler = apiHandler({
  'GET /api/v1/models': listModels,
  'GET /api/v1/models/{model}': readModel,
  'GET /api/v1/models/{model}/versions': listVersions,
  'GET /api/v1/models/{model}/versions/{version}': readVersion,
  'GET /api/v1/models/{model}/audit': readAudit,
  'GET /api/v1/models/{model}/policy': readPolicy,
  'PUT /api/v1/models/{model}/policy': writePolicy,
  'PUT /api/v1/models/{model}/access': writeAccess,
});
