import * as z from 'zod';

/** Bounds of MLflow's own server. */
const KEY = 250;
const PARAM_VALUE = 6000;
const TAG_VALUE = 8000;
const EXPERIMENT_NAME = 500;
const EXPERIMENT_TAG_VALUE = 20_000;
const MAX_METRICS = 1000;
const MAX_PAIRS = 100;
const MAX_ENTITIES = 1000;

const longest = (limit: number) => z.string().max(limit, `exceeds the maximum length of ${limit} characters`);

const ADVICE =
  'names hold letters, digits, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) and slashes (/), and no part between slashes is empty, "." or ".."';

/** Names may be taken for paths somewhere: one of them must not lead to another. */
const isPath = (key: string): boolean => key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** The name of a parameter, metric or tag. */
export const keySchema = longest(KEY)
  .min(1, 'a key is needed')
  .refine((key) => /^[\p{L}\p{N}_/.\- :]*$/u.test(key) && isPath(key), ADVICE);

/** Whole numbers come as texts in queries, and from clients that spell 64 bits so. */
const whole = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,16}$/, 'expected a whole number')
      .transform(Number),
  ])
  .pipe(z.number().int());

/** UTC milliseconds. */
export const timeSchema = whole.pipe(z.number().nonnegative());

/** Numbers that are none come as texts, as protocol buffers write them. */
const numberText = z.union(
  [z.number().transform(String), z.enum(['NaN', 'Infinity', '-Infinity'])],
  'expected a number, "NaN", "Infinity" or "-Infinity"',
);

const given = z.string().max(500).optional();

export const metricGivenSchema = z
  .object({
    key: keySchema,
    value: numberText,
    timestamp: timeSchema.default(0),
    step: whole.default(0),
    /** Of a logged model, which the metric is about, too. */
    model_id: z.string().max(100).optional(),
    dataset_name: given,
    dataset_digest: given,
  })
  .refine(({ dataset_name, dataset_digest }) => !dataset_digest || !!dataset_name, {
    path: ['dataset_name'],
    error: 'a dataset_digest needs its dataset_name',
  });
export type MetricGiven = z.output<typeof metricGivenSchema>;

export const paramGivenSchema = z.object({ key: keySchema, value: longest(PARAM_VALUE).default('') });
export const tagGivenSchema = z.object({ key: keySchema, value: longest(TAG_VALUE).default('') });
export const experimentTagSchema = z.object({ key: keySchema, value: longest(EXPERIMENT_TAG_VALUE).default('') });
export const experimentNameSchema = longest(EXPERIMENT_NAME).min(1, 'an experiment needs a name');

const atMost = <S extends z.ZodType>(what: string, limit: number, schema: S) =>
  z.array(schema).max(limit, `a call takes ${limit} ${what} at most`);

const isOnce = (pairs: readonly { key: string }[]): boolean =>
  new Set(pairs.map(({ key }) => key)).size === pairs.length;

/** Parameters that go together: each key once, as they cannot change. */
export const paramsGivenSchema = atMost('params', MAX_PAIRS, paramGivenSchema)
  .refine(isOnce, 'a parameter is given twice; name each key once')
  .default([]);
export const tagsGivenSchema = atMost('tags', MAX_PAIRS, tagGivenSchema).default([]);

export const batchSchema = z
  .object({
    metrics: atMost('metrics', MAX_METRICS, metricGivenSchema).default([]),
    params: paramsGivenSchema,
    tags: tagsGivenSchema,
  })
  .refine(
    ({ metrics, params, tags }) => metrics.length + params.length + tags.length <= MAX_ENTITIES,
    `a call takes ${MAX_ENTITIES} metrics, params and tags together at most`,
  );

/** Bytes of a dataset with its schema and profile: an item of the table has 400 KB. */
const MAX_DATASET_BYTES = 350_000;

/** A dataset that a run used, as MLflow's clients describe it. */
export const datasetInputSchema = z
  .object({
    dataset: z.object({
      name: longest(500).min(1),
      digest: longest(36).min(1),
      source_type: z.string().min(1),
      source: longest(65_535).min(1),
      schema: z.string().optional(),
      profile: z.string().optional(),
    }),
    tags: z
      .array(z.object({ key: longest(255), value: longest(500).default('') }))
      .max(100)
      .default([]),
  })
  .refine((input) => Buffer.byteLength(JSON.stringify(input)) <= MAX_DATASET_BYTES, {
    path: ['dataset'],
    error: `a dataset takes ${MAX_DATASET_BYTES} bytes with its schema and profile at most; log it with fewer columns, or without a profile`,
  });
export type DatasetInput = z.output<typeof datasetInputSchema>;

/** Calls name runs by either; `run_uuid` is what MLflow 1 said. */
export const runRefSchema = z.object({
  run_id: z.string().max(100).optional(),
  run_uuid: z.string().max(100).optional(),
});
