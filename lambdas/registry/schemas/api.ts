import * as z from 'zod';
import { grantSchema } from '../../access/contract';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { auditEventSchema } from './audit';
import { datasetPathSchema, datasetRecordSchema } from './dataset';
import { metricsSchema } from './evaluation-summary';
import { datasetSchema, trainingSchema } from './manifest';
import { accessModeSchema, modelSchema } from './model';
import { copiedFromSchema, modelVersionSchema, rejectionSchema, versionFlagSchema } from './model-version';
import {
  actorSchema,
  modelNameSchema,
  modelPathSchema,
  sha256Schema,
  timestampSchema,
  versionNumberSchema,
  versionPathSchema,
} from './names';
import { policySchema } from './policy';
import { routeSchema } from './route';

/** A model as a row of a list. */
export const listedModelSchema = modelSchema.extend({ champion: versionNumberSchema.optional() });
/** A model with what serves it; null while nothing does. */
export const servedModelSchema = modelSchema.extend({ route: routeSchema.nullable() });

/** Names under which a version serves now. */
const aliasesSchema = z.array(z.enum(['champion', 'challenger']));

/** A version as a row of a list. */
export const versionSummarySchema = z.object({
  model: modelNameSchema,
  version: versionNumberSchema,
  status: z.enum(['REGISTERED', 'EVALUATED', 'APPROVED', 'SERVING', 'RETIRED', 'REJECTED']),
  rootDigest: sha256Schema.optional(),
  aliases: aliasesSchema,
  registeredAt: timestampSchema,
  uploader: actorSchema,
  metrics: metricsSchema.optional(),
  rejection: rejectionSchema.optional(),
  flags: z.array(versionFlagSchema).optional(),
});
export type VersionSummary = z.infer<typeof versionSummarySchema>;

/** What a version was made from, as its uploader claims it: in contender.yaml and, where that says nothing, by its run. */
export const lineageSchema = z.object({
  datasets: z.array(datasetSchema),
  code: trainingSchema.shape.code,
  parent: trainingSchema.shape.parent,
  seed: trainingSchema.shape.seed,
  /** Id of the run that trained it, of a version that was registered from one. */
  run: z.string().optional(),
  /** What of this the run says, and not contender.yaml. */
  fromRun: z.array(z.enum(['datasets', 'code'])).optional(),
  /** The champion whose place it took. */
  championReplaced: versionNumberSchema.optional(),
  /** The version of another model that it is a copy of. */
  copiedFrom: copiedFromSchema.optional(),
});
export type Lineage = z.infer<typeof lineageSchema>;

export const describedVersionSchema = modelVersionSchema.and(
  z.object({ aliases: aliasesSchema, lineage: lineageSchema }),
);

const numberedPolicySchema = z.object({
  /** 0 is the default policy. */
  number: z.number().int().nonnegative(),
  policy: policySchema,
});

/** Replacing all grants by others must fit one transaction of 100 writes. */
const MAX_GRANTS = 49;
const accessSchema = z.strictObject({
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

/** A page of a model's record. */
const auditQuerySchema = pageQuerySchema.extend({
  /** Events behind this sequence, the oldest first; 0 for all of them. @default the latest first */
  after: z.coerce.number().int().min(0).max(9_999_999_999).optional(),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

/** What the registry answers at. */
export const REGISTRY_API = declareApi({
  listModels: {
    method: 'GET',
    path: '/api/v1/models',
    summary: 'Models that the caller may read',
    query: pageQuerySchema,
    answer: pageOf(listedModelSchema),
  },
  readModel: {
    method: 'GET',
    path: '/api/v1/models/{model}',
    summary: 'A model, and which versions of it serve',
    params: modelPathSchema,
    answer: servedModelSchema,
  },
  listVersions: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions',
    summary: 'Versions of a model, the latest first',
    params: modelPathSchema,
    query: pageQuerySchema,
    answer: pageOf(versionSummarySchema),
  },
  readVersion: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}',
    summary: 'The whole record of a version',
    params: versionPathSchema,
    answer: describedVersionSchema,
  },
  readAudit: {
    method: 'GET',
    path: '/api/v1/models/{model}/audit',
    summary: 'Audit events of a model, the latest first; with `after`, those behind that sequence, the oldest first',
    params: modelPathSchema,
    query: auditQuerySchema,
    answer: pageOf(auditEventSchema),
  },
  readPolicy: {
    method: 'GET',
    path: '/api/v1/models/{model}/policy',
    summary: 'The policy in force',
    params: modelPathSchema,
    answer: numberedPolicySchema,
  },
  writePolicy: {
    method: 'PUT',
    path: '/api/v1/models/{model}/policy',
    summary: 'Puts another policy in force',
    params: modelPathSchema,
    body: policySchema,
    answer: numberedPolicySchema,
    refusals: ['conflict'],
  },
  writeAccess: {
    method: 'PUT',
    path: '/api/v1/models/{model}/access',
    summary: 'Opens a model, or restricts it to grants, which replace those before',
    params: modelPathSchema,
    body: accessSchema,
    answer: accessSchema.extend({ model: modelNameSchema }),
    refusals: ['conflict'],
  },
  withdrawDataset: {
    method: 'POST',
    path: '/api/v1/datasets/{name}/{digest}/withdraw',
    summary: 'Withdraws a dataset: every version that rests on it is flagged, and its owner told',
    params: datasetPathSchema,
    body: z.strictObject({ reason: z.string().trim().min(1, 'say why: the reason goes on record').max(1000) }),
    answer: datasetRecordSchema,
    refusals: ['conflict'],
  },
});
