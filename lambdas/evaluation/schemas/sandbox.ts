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

/** What runs a version. */
const runsOnSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('onnx'), graph: sandboxFileSchema }),
  z.object({ kind: z.literal('sagemaker'), endpoint: z.string() }),
]);

/** A version as it is run for evaluation. */
const runnableSchema = z.object({
  version: versionNumberSchema,
  rootDigest: sha256Schema,
  runtime: runsOnSchema,
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

/** Float64 or Int32, little-endian. */
const numbersSchema = z.base64();

/** What a version said to rows, on its way from one function to the other. */
const packedPredictionsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('numbers'), values: numbersSchema }),
  z.object({
    kind: z.literal('classes'),
    index: numbersSchema,
    positive: numbersSchema.optional(),
    probabilities: z.object({ classes: z.number().int().positive(), values: numbersSchema }).optional(),
  }),
]);
export type PackedPredictions = z.infer<typeof packedPredictionsSchema>;

/** What a champion said to the rows that judge a candidate which runs elsewhere. */
const championAnswersSchema = z.object({
  rows: z.number().int().positive(),
  /** Of the positions of the rows: both sides must have seen the same ones. */
  rowsSha256: sha256Schema,
  predictions: packedPredictionsSchema,
  /** Median of single rows. */
  latencyMsPerRow: z.number().nonnegative(),
  roundTrip: z.literal(true).optional(),
  /** What was left out, and why. */
  note: z.string().optional(),
});
export type ChampionAnswers = z.infer<typeof championAnswersSchema>;

const rivalSchema = z.object({
  runnable: runnableSchema,
  /** The model's cap on absolute errors, set by its first version; regression only. */
  lossCap: z.number().positive().optional(),
});

/** Event of `run-candidate` and `run-hosted-candidate`: all that they get to know. */
export const sandboxRequestSchema = z.object({
  /** `answer`: what the champion says to the rows, and nothing else; for a candidate that runs elsewhere. @default evaluate */
  task: z.enum(['evaluate', 'answer']).optional(),
  model: modelNameSchema,
  candidate: runnableSchema,
  champion: z.discriminatedUnion('status', [
    rivalSchema.extend({ status: z.literal('present') }),
    rivalSchema.extend({ status: z.literal('answered'), answers: championAnswersSchema }),
    z.object({ status: z.literal('absent'), reason: z.string() }),
  ]),
  data: evaluationDataSchema,
  /** Rows that are judged at most, and the seed by which they are drawn; absent where all are. */
  sample: z.object({ rows: z.number().int().positive(), seed: z.number().int().nonnegative() }).optional(),
  /** Rows that the candidate must answer as its manifest's `golden` says. */
  golden: sandboxFileSchema.optional(),
  /** Milliseconds that a version may take, where that is less than the function's own limit. */
  timeMs: z.number().int().positive().optional(),
});
export type SandboxRequest = z.infer<typeof sandboxRequestSchema>;

/** What can come of a request instead of what was asked for. `failed`: nothing can be said about the version; try again. */
const SHORTFALLS = [
  z.object({ status: z.literal('rejected'), rejection: rejectionSchema }),
  z.object({ status: z.literal('failed'), reason: z.string() }),
] as const;

/** Answer to the task `evaluate`. */
export const sandboxResponseSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('evaluated'), findings: findingsSchema }),
  ...SHORTFALLS,
]);
export type SandboxResponse = z.infer<typeof sandboxResponseSchema>;

/** Answer to the task `answer`. */
export const championResponseSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('answered'), answers: championAnswersSchema }),
  ...SHORTFALLS,
]);
export type ChampionResponse = z.infer<typeof championResponseSchema>;

/** Largest predictions that go from one function to the other, in bytes of base64: Lambda takes 6 MB. */
export const MAX_ANSWERS_BYTES = 4_500_000;

/** Largest answer, in bytes: eight protected columns with all their groups fit in, and so do bins of hundreds of columns. */
export const MAX_RESPONSE_BYTES = 1_500_000;
/** Largest background sample, in bytes. */
export const MAX_BACKGROUND_BYTES = 400_000;
