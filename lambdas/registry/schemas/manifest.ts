import { z } from 'zod';
import { sha256Schema } from './names';
import { columnSchema } from './signature';

export const taskSchema = z.enum(['binary-classification', 'multiclass-classification', 'regression']);
export type Task = z.infer<typeof taskSchema>;

/** An ISO 8601 duration of days, hours, minutes and seconds, such as P60D or PT10S. */
export const durationSchema = z
  .string()
  .regex(/^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/, 'write a duration as P60D, PT12H, PT15M or PT10S');

/** Business value of each pair of decision and truth, in `currency` per prediction. */
export const valueTableSchema = z.strictObject({
  tp: z.number(),
  fp: z.number(),
  fn: z.number(),
  tn: z.number(),
  currency: z.string().length(3),
});
export type ValueTable = z.infer<typeof valueTableSchema>;

const relativePath = z
  .string()
  .min(1)
  .max(512)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'a path stays inside the upload folder')
  // People write ./model.onnx; keys in the bucket never begin so.
  .transform((path) => path.replace(/^(\.\/+)+/, ''));

const scoreSchema = z.strictObject({
  tensor: z.string(),
  kind: z.enum(['probability', 'logit', 'value']),
  /** Column of the probability tensor that belongs to the positive class. */
  column: z.number().int().nonnegative().optional(),
});

const outputSchema = z.strictObject({
  score: scoreSchema.optional(),
  label: z.strictObject({ tensor: z.string() }).optional(),
  /** Order of the probability columns. */
  classes: z
    .array(z.union([z.string(), z.number()]).transform(String))
    .min(2)
    .optional(),
  positive: z.union([z.string(), z.number()]).transform(String).optional(),
  threshold: z.number().min(0).max(1).default(0.5),
  respond: z.array(z.string()).optional(),
});

const evaluationDataSchema = z.strictObject({
  data: relativePath,
  label: z.string(),
  time: z.string().optional(),
  group: z.string().optional(),
  protected: z.array(z.string()).max(8).default([]),
  segments: z.array(z.string()).max(8).default([]),
});

const outcomesSchema = z.strictObject({
  /** How old a prediction must be before its outcome counts. */
  mature_after: durationSchema.default('PT0S'),
  observed: z.union([z.literal('always'), z.strictObject({ when: z.string() })]).default('always'),
  audit_share: z.number().min(0).max(1).optional(),
});

export const datasetSchema = z.strictObject({
  name: z.string().min(1).max(128),
  uri: z.string().max(1024).optional(),
  sha256: sha256Schema.optional(),
  rows: z.number().int().nonnegative().optional(),
});

const trainingSchema = z.strictObject({
  datasets: z.array(datasetSchema).max(64).default([]),
  code: z.strictObject({ repo: z.string().max(512), commit: z.string().max(64).optional() }).optional(),
  parent: z.number().int().min(1).optional(),
  seed: z.number().int().optional(),
});

/** `contender.yaml`: what the data scientist declares about an upload; every key is optional. */
export const manifestSchema = z.strictObject({
  task: taskSchema.optional(),
  runtime: z.enum(['onnx', 'sagemaker']).default('onnx'),
  /** Name of the SageMaker endpoint that answers, for `runtime: sagemaker`. */
  endpoint: z
    .string()
    .regex(/^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$/)
    .optional(),
  model: relativePath.optional(),
  inputs: z.array(columnSchema).min(1).optional(),
  output: outputSchema.optional(),
  golden: z
    .strictObject({
      data: relativePath,
      abs: z.number().nonnegative().optional(),
      rel: z.number().nonnegative().optional(),
    })
    .optional(),
  evaluation: evaluationDataSchema.optional(),
  outcomes: outcomesSchema.optional(),
  loss: z.enum(['error', 'brier', 'log', 'cost']).default('error'),
  value: valueTableSchema.optional(),
  training: trainingSchema.optional(),
  owner: z.string().max(128).optional(),
  risk: z.enum(['low', 'medium', 'high']).optional(),
  policy: z.string().max(64).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;
