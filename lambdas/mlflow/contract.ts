import * as z from 'zod';
import { declareApi } from '../kernel/contract';
import { modelNameSchema, timestampSchema } from '../registry/contract';

/** Where the gateway mounts the protocol, and what the handler is told of the rest of the path. */
export const MLFLOW_MOUNTS = ['/api/2.0/mlflow/{proxy+}', '/api/2.0/mlflow-artifacts/{proxy+}'] as const;

/** Environment of `mlflow-api`. */
export const mlflowApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  UPLOAD_BUCKET: z.string(),
  ARTIFACT_BUCKET: z.string(),
  NEW_MODELS: z.enum(['open', 'restricted']),
  /** The function that registers what lies below a prefix. */
  REGISTER_FUNCTION: z.string(),
  /** Role that callers get for their own place in the upload bucket, and nothing else. */
  CLIENT_ROLE: z.string(),
});

/** Keys and values of tags, as MLflow bounds them. */
export const tagsSchema = z.record(z.string(), z.string());
export type Tags = z.infer<typeof tagsSchema>;

/** What people write about a model or a version; no part of the version itself. */
export const notesSchema = z.object({
  description: z.string().optional(),
  tags: tagsSchema.default({}),
  /** Deleted for clients; the record stays. */
  archivedAt: timestampSchema.optional(),
  runId: z.string().optional(),
  runLink: z.string().optional(),
  /** Of a logged model. */
  modelId: z.string().optional(),
  /** Where the client uploaded it. */
  source: z.string().optional(),
  changedAt: timestampSchema.default(0),
  generation: z.number().int().nonnegative().default(0),
});
export type Notes = z.infer<typeof notesSchema>;

export const aliasSchema = z.object({
  alias: z.string(),
  version: z.number().int().min(1),
  generation: z.number().int().nonnegative().default(0),
});
export type Alias = z.infer<typeof aliasSchema>;

/** Aliases that approval and rollout decide about. */
export const DECIDED_ALIASES: ReadonlySet<string> = new Set(['champion', 'challenger']);

export const experimentSchema = z.object({
  experimentId: z.string(),
  name: z.string(),
  tags: tagsSchema.default({}),
  createdAt: timestampSchema,
  /** Who made it; absent of what is nobody's, such as the default one. */
  owner: z.string().optional(),
  changedAt: timestampSchema.optional(),
  deletedAt: timestampSchema.optional(),
  generation: z.number().int().nonnegative().default(0),
});
export type Experiment = z.infer<typeof experimentSchema>;

/** The experiment of runs that name none; it is always there. */
export const DEFAULT_EXPERIMENT: Experiment = {
  experimentId: '0',
  name: 'Default',
  tags: {},
  createdAt: 0,
  generation: 0,
};

export const runInfoSchema = z.object({
  runId: z.string(),
  experimentId: z.string(),
  name: z.string(),
  userId: z.string(),
  /** Principal in whose place the artifacts lie. */
  owner: z.string(),
  status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
  startedAt: timestampSchema,
  endedAt: timestampSchema.optional(),
  deleted: z.boolean().default(false),
  artifactUri: z.string(),
});
export type RunInfo = z.infer<typeof runInfoSchema>;

/** Value as text: numbers that are none, and infinite ones, have no other place in the table. */
export const metricSchema = z.object({
  key: z.string(),
  value: z.string(),
  timestamp: z.number(),
  step: z.number(),
});
export type Metric = z.infer<typeof metricSchema>;

/** Of a logged model: the latest value that one run found on one dataset. */
export const modelMetricSchema = metricSchema.extend({
  runId: z.string(),
  datasetName: z.string().optional(),
  datasetDigest: z.string().optional(),
});
export type ModelMetric = z.infer<typeof modelMetricSchema>;

export const loggedModelSchema = z.object({
  modelId: z.string(),
  experimentId: z.string(),
  name: z.string(),
  modelType: z.string().default(''),
  sourceRunId: z.string().optional(),
  creator: z.string(),
  artifactUri: z.string(),
  status: z.string(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  deletedAt: timestampSchema.optional(),
  tags: tagsSchema.default({}),
  params: tagsSchema.default({}),
});
export type LoggedModel = z.infer<typeof loggedModelSchema>;

/** Temporary rights on the caller's own place. */
export const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: z.iso.datetime(),
  /** The one place that they open, such as `s3://uploads/mlflow/<caller>/`. */
  place: z.string(),
});
export type Credentials = z.infer<typeof credentialsSchema>;

/** What clients of MLflow need beside its protocol. */
export const CREDENTIALS_API = declareApi({
  giveCredentials: {
    method: 'POST',
    path: '/api/v1/mlflow/credentials',
    summary: 'Temporary AWS credentials for the caller’s own place in the upload bucket',
    answer: credentialsSchema,
  },
});

export const namedSchema = z.object({ name: modelNameSchema });
