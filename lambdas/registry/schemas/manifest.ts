import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
import { containerSchema } from './container';
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
  tp: storedNumber().describe('The positive class, rightly predicted.'),
  fp: storedNumber().describe('The positive class, wrongly predicted.'),
  fn: storedNumber().describe('Another class, wrongly predicted.'),
  tn: storedNumber().describe('Another class, rightly predicted.'),
  currency: z.string().length(3).describe('ISO 4217 code, such as EUR.'),
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
  tensor: z.string().describe('Output of the graph that holds the score.'),
  kind: z.enum(['probability', 'logit', 'value']).describe('What the score is: logits are turned into probabilities.'),
  column: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Column that belongs to the positive class, from 0; or the one that is the number.'),
});

/** YAML reads the class 1 as a number. */
const classSchema = z.union([z.string(), z.number()]).transform(String).pipe(z.string());

const outputSchema = z.strictObject({
  score: scoreSchema.optional().describe('Where the score lies.'),
  label: z
    .strictObject({ tensor: z.string().describe('Output of the graph that holds the predicted class.') })
    .optional()
    .describe('Where the predicted class lies; left out, the threshold decides (two classes), or the highest score.'),
  classes: z.array(classSchema).min(2).optional().describe('Names of the classes, in the order of the score columns.'),
  positive: classSchema.optional().describe('The class that the score of two classes speaks of.'),
  threshold: storedNumber()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('From this score on the positive class is predicted, where there is no label.'),
  respond: z
    .array(z.string())
    .optional()
    .describe('Outputs that an answer holds: `label`, `score`, or names of outputs.'),
});

const evaluationDataSchema = z.strictObject({
  data: relativePath.describe('CSV with the columns of `inputs` and those named here; a header row, UTF-8.'),
  label: z.string().describe('Column of the truth.'),
  time: z.string().optional().describe('Column of when the row was seen, in ISO 8601; the span is told in the report.'),
  group: z
    .string()
    .optional()
    .describe(
      'Column of whom the row is about: rows of one are not independent, and intervals take that into account.',
    ),
  protected: z.array(z.string()).max(8).default([]).describe('Columns whose groups are compared for fairness.'),
  segments: z.array(z.string()).max(8).default([]).describe('Columns whose groups are reported on their own.'),
});

const outcomesSchema = z.strictObject({
  mature_after: durationSchema
    .default('PT0S')
    .describe('How old a prediction must be before its outcome counts, as an ISO 8601 duration such as P60D.'),
  observed: z
    .union([z.literal('always'), z.strictObject({ when: z.string() })])
    .default('always')
    .describe('Whether the truth is seen of every prediction, or only of some.'),
  audit_share: storedNumber()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of predictions whose truth is sought in any case.'),
});

/** Of a dataset by any other tool: never to be taken for a SHA-256, or for none. */
export const datasetDigestSchema = z
  .string()
  .regex(
    /^(?!none$)(?![0-9a-f]{64}$)[A-Za-z0-9._:+=-]{1,64}$/,
    'a digest is 1 to 64 letters, digits and . _ : + = -, not "none"; a SHA-256 is given as sha256',
  );

export const datasetSchema = z.strictObject({
  name: z.string().min(1).max(128).describe('Name that people know the dataset by.'),
  uri: z.string().max(1024).optional().describe('Where it lies.'),
  sha256: sha256Schema.optional().describe('SHA-256 of its bytes, in hexadecimal.'),
  digest: datasetDigestSchema
    .optional()
    .describe('What another tool, such as MLflow, tells it apart by, where there is no `sha256`.'),
  rows: z.number().int().nonnegative().optional().describe('How many rows it has.'),
});

export const trainingSchema = z.strictObject({
  datasets: z
    .array(
      datasetSchema.refine(({ sha256, digest }) => sha256 === undefined || digest === undefined, {
        path: ['digest'],
        error: 'a dataset goes by its sha256 or by a digest; leave one of them out',
      }),
    )
    .max(64)
    .default([])
    .describe('What the model was trained on.'),
  code: z
    .strictObject({ repo: z.string().max(512), commit: z.string().max(64).optional() })
    .optional()
    .describe('What trained it.'),
  parent: z.number().int().min(1).optional().describe('Version of this model that it was made from.'),
  seed: z.number().int().optional().describe('Seed of the training.'),
});

/** From the least on. */
export const riskSchema = z.enum(['low', 'medium', 'high']);
export type Risk = z.infer<typeof riskSchema>;

const cardText = z.string().trim().min(1).max(2000);

/** What people should know that no evidence tells. */
const cardSchema = z.strictObject({
  purpose: cardText.optional().describe('What the model is for.'),
  users: cardText.optional().describe('Who is meant to use it.'),
  outOfScope: cardText.optional().describe('What it is not made for.'),
  license: cardText.max(200).optional().describe('Under what it may be used: an SPDX identifier, or a name.'),
  limitations: cardText.optional().describe('Where it is known to be weak.'),
  ethics: cardText.optional().describe('Risks for people, and what was done about them.'),
  contact: z.string().trim().min(1).max(256).optional().describe('Whom to ask.'),
});

/** `contender.yaml`: what the data scientist declares about an upload; every key is optional. */
export const manifestSchema = z
  .strictObject({
    task: taskSchema.optional().describe('What the model predicts; read from the outputs where left out.'),
    runtime: z.enum(['onnx', 'sagemaker']).default('onnx').describe('What runs the model.'),
    endpoint: z
      .string()
      .regex(/^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$/)
      .optional()
      .describe('Existing SageMaker endpoint that answers, for `runtime: sagemaker`.'),
    container: containerSchema
      .optional()
      .describe('What an endpoint is made of, for `runtime: sagemaker`; exactly one of `endpoint` and `container`.'),
    model: relativePath.optional().describe('The model file; the only .onnx file of the folder where left out.'),
    inputs: z
      .array(columnSchema)
      .min(1)
      .optional()
      .describe("Columns of the model's tensor, in order; their names cannot be read from a graph."),
    output: outputSchema.optional().describe('How the outputs are read, and what is answered.'),
    golden: z
      .strictObject({
        data: relativePath.describe(
          'CSV or Parquet with rows and what the model says to them: columns label, score or prediction, or outputs by name.',
        ),
        abs: storedNumber().nonnegative().optional().describe('Absolute difference that is let through.'),
        rel: storedNumber().nonnegative().optional().describe('Relative difference that is let through.'),
      })
      .optional()
      .describe('Rows that the model must answer as it did where it was built.'),
    evaluation: evaluationDataSchema.optional().describe('Labelled rows that Contender evaluates the model on.'),
    outcomes: outcomesSchema.optional().describe('When and of which predictions the truth is seen.'),
    loss: z.enum(['error', 'brier', 'log', 'cost']).default('error').describe('What comparisons and drift go by.'),
    value: valueTableSchema.optional().describe('What a prediction is worth, by what turned out to be true.'),
    training: trainingSchema.optional().describe('Where the model comes from.'),
    card: cardSchema.optional().describe('What the model card says beside the evidence.'),
    owner: z.string().max(128).optional().describe('Team that answers for the model.'),
    risk: riskSchema
      .optional()
      .describe(
        "How much harm the model can do; chooses the policy's tier, unless the policy holds it to a higher one.",
      ),
    policy: z
      .string()
      .max(64)
      .optional()
      .describe("One of the names in the model's policy, whose demands are added; `default` adds none."),
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
