import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
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
  tp: storedNumber(),
  fp: storedNumber(),
  fn: storedNumber(),
  tn: storedNumber(),
  currency: z.string().length(3),
});
export type ValueTable = z.infer<typeof valueTableSchema>;

const relativePath = z
  .string()
  .min(1)
  .max(512)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'a path stays inside the upload folder')
  // People write ./model.onnx; keys in the bucket never begin so.
  .transform((path) => path.replace(/^(\.\/+)+/, ''))
  .pipe(z.string());

const scoreSchema = z.strictObject({
  tensor: z.string(),
  kind: z.enum(['probability', 'logit', 'value']),
  /** Column of the probability tensor that belongs to the positive class. */
  column: z.number().int().nonnegative().optional(),
});

/** YAML reads the class 1 as a number. */
const classSchema = z.union([z.string(), z.number()]).transform(String).pipe(z.string());

const outputSchema = z.strictObject({
  score: scoreSchema.optional(),
  label: z.strictObject({ tensor: z.string() }).optional(),
  /** Order of the probability columns. */
  classes: z.array(classSchema).min(2).optional(),
  positive: classSchema.optional(),
  threshold: storedNumber().min(0).max(1).default(0.5),
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
  audit_share: storedNumber().min(0).max(1).optional(),
});

export const datasetSchema = z.strictObject({
  name: z.string().min(1).max(128),
  uri: z.string().max(1024).optional(),
  sha256: sha256Schema.optional(),
  rows: z.number().int().nonnegative().optional(),
});

export const trainingSchema = z.strictObject({
  datasets: z.array(datasetSchema).max(64).default([]),
  code: z.strictObject({ repo: z.string().max(512), commit: z.string().max(64).optional() }).optional(),
  parent: z.number().int().min(1).optional(),
  seed: z.number().int().optional(),
});

/** What Contender hosts a model in on SageMaker, for `runtime: sagemaker` without an `endpoint` of one's own. */
export const containerSchema = z
  .strictObject({
    /** URI of an image in ECR that keeps SageMaker's container contract: `GET /ping`, `POST /invocations`. */
    image: z
      .string()
      .max(255)
      .regex(
        /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$/,
        'an image in ECR with its tag or digest, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/models:1',
      ),
    /** Instance type, such as ml.m5.large; not with `serverless`. */
    instance: z
      .string()
      .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, 'an instance type of SageMaker, such as ml.m5.large')
      .optional(),
    /** Instances to start with; two or more are spread over availability zones. @default 1 */
    instances: z.number().int().min(1).max(10).optional(),
    serverless: z
      .strictObject({
        memoryMb: z.union([
          z.literal(1024),
          z.literal(2048),
          z.literal(3072),
          z.literal(4096),
          z.literal(5120),
          z.literal(6144),
        ]),
        maxConcurrency: z.number().int().min(1).max(200),
      })
      .optional(),
    /** No secrets: it is on record, and whoever reads the model reads it. */
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,1023}$/),
        z.union([z.string().max(1024), z.number()]).transform(String),
      )
      .refine((variables) => Object.keys(variables).length <= 16, 'at most 16 variables')
      .optional(),
  })
  .refine(
    ({ instance, serverless }) => (instance === undefined) !== (serverless === undefined),
    'a container runs on instances or serverless: give exactly one of "instance" and "serverless"',
  )
  .refine(
    ({ instances, serverless }) => instances === undefined || serverless === undefined,
    'a serverless endpoint has no instances; leave "instances" out',
  );
export type Container = z.infer<typeof containerSchema>;

/** `contender.yaml`: what the data scientist declares about an upload; every key is optional. */
export const manifestSchema = z
  .strictObject({
    task: taskSchema.optional(),
    runtime: z.enum(['onnx', 'sagemaker']).default('onnx'),
    /** Name of an existing SageMaker endpoint that answers, for `runtime: sagemaker`. */
    endpoint: z
      .string()
      .regex(/^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$/)
      .optional(),
    /** What Contender makes an endpoint of, for `runtime: sagemaker`; exactly one of `endpoint` and `container`. */
    container: containerSchema.optional(),
    model: relativePath.optional(),
    inputs: z.array(columnSchema).min(1).optional(),
    output: outputSchema.optional(),
    golden: z
      .strictObject({
        data: relativePath,
        abs: storedNumber().nonnegative().optional(),
        rel: storedNumber().nonnegative().optional(),
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
  })
  .refine(({ runtime, container }) => container === undefined || runtime === 'sagemaker', {
    path: ['container'],
    error: 'only a model with "runtime: sagemaker" is hosted in a container; add that, or leave the container out',
  })
  .refine(({ endpoint, container }) => container === undefined || endpoint === undefined, {
    path: ['container'],
    error: 'give either the endpoint that answers, or the container to make one of, and not both',
  });
export type Manifest = z.infer<typeof manifestSchema>;
