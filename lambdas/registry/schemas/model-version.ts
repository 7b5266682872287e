import * as z from 'zod';
import { evaluationSummarySchema } from './evaluation-summary';
import { datasetDigestSchema, datasetSchema, manifestSchema, trainingSchema } from './manifest';
import { actorSchema, modelNameSchema, sha256Schema, timestampSchema, ulidSchema, versionNumberSchema } from './names';
import { signatureSchema } from './signature';
import { modelSigningSchema } from './signing';

export const artifactFileSchema = z.object({
  path: z.string(),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  sha256: sha256Schema,
});
export type ArtifactFile = z.infer<typeof artifactFileSchema>;

/** What answers for a version. */
export const runtimeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('onnx'), /** Path of the graph within the artifact. */ file: z.string() }),
  z.object({ kind: z.literal('sagemaker'), endpoint: z.string() }),
]);
export type Runtime = z.infer<typeof runtimeSchema>;

/** Where the bytes came from: bucket, key and object version (or ETag and sequencer) name an upload once. */
const uploadSourceSchema = z.object({ bucket: z.string(), key: z.string(), id: z.string() });

export const rejectionSchema = z.object({
  code: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** What happened, where, and what to change, for the data scientist. */
  message: z.string(),
});
export type Rejection = z.infer<typeof rejectionSchema>;

/** A dataset as versions name it: without `sha256` and `digest`, whatever bytes went by the name. */
export const datasetRefSchema = z.object({
  name: z.string().min(1).max(128),
  sha256: sha256Schema.optional(),
  digest: datasetDigestSchema.optional(),
});
export type DatasetRef = z.infer<typeof datasetRefSchema>;

/** What people should know about a version that is no state of it. */
export const versionFlagSchema = z.object({
  kind: z.literal('dataset-withdrawn'),
  dataset: datasetRefSchema,
  at: timestampSchema,
  reason: z.string(),
  /** The parent that it was made from, where that, and not the version itself, was trained on the dataset. */
  inheritedFrom: versionNumberSchema.optional(),
});
export type VersionFlag = z.infer<typeof versionFlagSchema>;

/**
 * Most datasets that one version was trained on: each takes two of the 100 items of a transaction, and the registration itself
 * up to twenty.
 */
export const MAX_DATASETS = 40;

/** What the run that trained a version logged of its training: the uploader's claims, as contender.yaml is. */
export const trainingRunSchema = z.object({
  id: z.string().min(1).max(100),
  datasets: z.array(datasetSchema).max(64).default([]),
  code: trainingSchema.shape.code,
});
export type TrainingRun = z.infer<typeof trainingRunSchema>;

/** The version of another model that a version is a copy of. */
export const copiedFromSchema = z.object({ model: modelNameSchema, version: versionNumberSchema });
export type CopiedFrom = z.infer<typeof copiedFromSchema>;

const identified = {
  model: modelNameSchema,
  version: versionNumberSchema,
  registeredAt: timestampSchema,
  uploader: actorSchema,
  source: uploadSourceSchema,
  generation: z.number().int().nonnegative(),
  flags: z.array(versionFlagSchema).optional(),
  /** Of a version that was registered from one. */
  run: trainingRunSchema.optional(),
  copiedFrom: copiedFromSchema.optional(),
  /** Absent of versions from before signatures were looked at, and of what could not be read whole. */
  signing: modelSigningSchema.optional(),
};

/** Everything a version carries once its bytes have been accepted. */
const accepted = {
  ...identified,
  rootDigest: sha256Schema,
  files: z.array(artifactFileSchema).min(1),
  /** Key prefix in the artifact bucket, with a trailing slash. */
  artifactPrefix: z.string(),
  runtime: runtimeSchema,
  signature: signatureSchema,
  manifest: manifestSchema,
};

const evaluated = { ...accepted, evaluatedAt: timestampSchema, evaluation: evaluationSummarySchema };
const approved = { ...evaluated, approvedAt: timestampSchema, approvalId: ulidSchema };

export const modelVersionSchema = z.discriminatedUnion('status', [
  z.object({ ...accepted, status: z.literal('REGISTERED') }),
  z.object({ ...evaluated, status: z.literal('EVALUATED') }),
  z.object({ ...approved, status: z.literal('APPROVED') }),
  z.object({ ...approved, status: z.literal('SERVING'), servingSince: timestampSchema }),
  z.object({ ...approved, status: z.literal('RETIRED'), retiredAt: timestampSchema }),
  z.object({
    ...identified,
    status: z.literal('REJECTED'),
    rejectedAt: timestampSchema,
    rejection: rejectionSchema.extend({
      /** The approval whose reviews say who rejected it, and why; of `rejected-by-reviewer` only, and not of those from before this was kept. */
      approvalId: ulidSchema.optional(),
    }),
    /** Absent when the bytes could not be read whole. */
    rootDigest: sha256Schema.optional(),
    manifest: manifestSchema.optional(),
    evaluation: evaluationSummarySchema.optional(),
  }),
]);
export type ModelVersion = z.infer<typeof modelVersionSchema>;
/** A version whose bytes were accepted: it has a digest, files, a runtime and a signature. */
export type AcceptedVersion = Exclude<ModelVersion, { status: 'REJECTED' }>;
