import * as z from 'zod';
import {
  artifactFileSchema,
  manifestSchema,
  modelNameSchema,
  rejectionSchema,
  sha256Schema,
  signatureSchema,
  versionNumberSchema,
} from '../../registry/contract';
import { dataSourceSchema, findingsSchema } from './report';

/** A file of an artifact, and a presigned URL that reads it for a while. */
const sandboxFileSchema = artifactFileSchema.extend({ url: z.url() });
export type SandboxFile = z.infer<typeof sandboxFileSchema>;

/** A version as the sandbox runs it. */
const runnableSchema = z.object({
  version: versionNumberSchema,
  rootDigest: sha256Schema,
  graph: sandboxFileSchema,
  signature: signatureSchema,
  manifest: manifestSchema,
});
export type Runnable = z.infer<typeof runnableSchema>;

/** What the columns of evaluation data mean, as `evaluation` in contender.yaml. */
export const dataDeclarationSchema = manifestSchema.shape.evaluation.unwrap();
export type DataDeclaration = z.infer<typeof dataDeclarationSchema>;

const evaluationDataSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    source: dataSourceSchema,
    file: sandboxFileSchema,
    declaration: dataDeclarationSchema,
  }),
  z.object({ kind: z.literal('none'), reason: z.string() }),
]);
export type EvaluationData = z.infer<typeof evaluationDataSchema>;

/** Event of `run-candidate`: all that the sandbox gets to know. */
export const sandboxRequestSchema = z.object({
  model: modelNameSchema,
  candidate: runnableSchema,
  champion: z.discriminatedUnion('status', [
    z.object({
      status: z.literal('present'),
      runnable: runnableSchema,
      /** The model's cap on absolute errors, set by its first version; regression only. */
      lossCap: z.number().positive().optional(),
    }),
    z.object({ status: z.literal('absent'), reason: z.string() }),
  ]),
  data: evaluationDataSchema,
  /** Rows that the candidate must answer as its manifest's `golden` says. */
  golden: sandboxFileSchema.optional(),
});
export type SandboxRequest = z.infer<typeof sandboxRequestSchema>;

/** Answer of `run-candidate`. `failed`: nothing can be said about the candidate; try again. */
export const sandboxResponseSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('evaluated'), findings: findingsSchema }),
  z.object({ status: z.literal('rejected'), rejection: rejectionSchema }),
  z.object({ status: z.literal('failed'), reason: z.string() }),
]);
export type SandboxResponse = z.infer<typeof sandboxResponseSchema>;

/** Largest answer, in bytes: eight protected columns with all their groups fit in, and so do bins of hundreds of columns. */
export const MAX_RESPONSE_BYTES = 1_500_000;
/** Largest background sample, in bytes. */
export const MAX_BACKGROUND_BYTES = 400_000;
