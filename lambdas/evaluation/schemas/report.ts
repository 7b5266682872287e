import * as z from 'zod';
import {
  gateTableSchema,
  metricsSchema,
  modelNameSchema,
  sha256Schema,
  taskSchema,
  timestampSchema,
  versionNumberSchema,
} from '../../registry/contract';
import { baselineSchema } from './baseline';
import { championSchema } from './comparison';
import { count, share } from './figures';
import { attributeFairnessSchema, attributeGroupsSchema, columnSegmentsSchema } from './groups';

/** Scores and how often they came true: of the positive class, or of the predicted one of several. */
const calibrationSchema = z.object({
  bins: z.array(z.object({ low: z.number(), high: z.number(), n: count, score: share, rate: share })),
});

/** By how much the metric falls when a column is shuffled, which breaks its tie to the truth. */
const importanceSchema = z.object({
  metric: z.string(),
  /** The metric on the sample, unshuffled. */
  reference: z.number(),
  /** 0 where nothing was shuffled. */
  rows: count,
  repeats: count,
  seed: count,
  columns: z.array(
    z.object({
      column: z.string(),
      /** Mean over the repeats. */
      drop: z.number(),
      /** Standard deviation over the repeats. */
      deviation: z.number().nonnegative(),
    }),
  ),
  /** Why columns are missing; absent where all were shuffled, and in older reports. */
  omitted: z.string().optional(),
});
export type Importance = z.infer<typeof importanceSchema>;

const quantilesSchema = z.object({ runs: count, p50: z.number().nonnegative(), p99: z.number().nonnegative() });

/** Milliseconds; `batch1` and `batch100` are per row. */
const latencySchema = z.object({
  /** Not known of a model at an endpoint. */
  loadMs: z.number().nonnegative().optional(),
  batch1: quantilesSchema,
  /** Absent for a graph that takes one row at a time. */
  batch100: quantilesSchema.optional(),
  /** There and back, network included, as measured of a model at an endpoint; absent where it was measured beside the model. */
  roundTrip: z.literal(true).optional(),
  /** The function that would serve it, by its memory in MB: there a request takes `slowdown` times as long. Absent of endpoints, and in older reports. */
  scorer: z.object({ memoryMb: z.number().positive(), slowdown: z.number().min(1) }).optional(),
});
export type Latency = z.infer<typeof latencySchema>;

export const dataSourceSchema = z.object({
  /** The version whose artifact holds the file: the candidate itself, or one before it. */
  version: versionNumberSchema,
  file: z.string(),
  sha256: sha256Schema,
  label: z.string(),
});

/** Rows of one cluster (`evaluation.group`) are not independent; every interval and p of the report takes that into account. */
const clusteringSchema = z.object({
  column: z.string(),
  clusters: count,
  /** Rows of the largest one. */
  largest: count,
  /** Rows without a value: a cluster of its own each. */
  alone: count,
});
export type Clustering = z.infer<typeof clusteringSchema>;

/** When the rows were seen (`evaluation.time`): UTC milliseconds, of which the earliest may be before 1970. */
const timeSpanSchema = z.object({
  column: z.string(),
  /** Absent where no row has a time. */
  from: z.number().int().optional(),
  to: z.number().int().optional(),
  /** Rows without a time. */
  missing: count,
});
export type TimeSpan = z.infer<typeof timeSpanSchema>;

const labelledSchema = z.object({
  evidence: z.literal('labelled'),
  data: dataSourceSchema.extend({
    /** Rows that were judged. */
    rows: count,
    /** They are drawn at random of so many; absent where all were judged. */
    sample: z.object({ of: count, seed: count }).optional(),
    /** Absent without `evaluation.group`, and in older reports: rows count as independent. */
    clustering: clusteringSchema.optional(),
    /** Absent without `evaluation.time`, and in older reports. */
    time: timeSpanSchema.optional(),
  }),
  metrics: metricsSchema,
  groups: z.array(attributeGroupsSchema),
  /** By protected attribute; classes only. These three are absent in older reports. */
  fairness: z.array(attributeFairnessSchema).optional(),
  segments: z.array(columnSegmentsSchema).optional(),
  calibration: calibrationSchema.optional(),
  importance: importanceSchema,
  baseline: baselineSchema,
  champion: championSchema,
});
export type LabelledEvidence = z.infer<typeof labelledSchema>;

/** Loaded, run and timed only, for the reason given. */
const noneSchema = z.object({ evidence: z.literal('none'), reason: z.string() });

/** What the model said to rows whose answers its builder wrote down; a version without parity is rejected, and has no report. */
const goldenSchema = z.object({
  file: z.string(),
  rows: count,
  /** Let through: |got − expected| ≤ abs + rel·|expected|. */
  abs: z.number().nonnegative(),
  rel: z.number().nonnegative(),
  parity: z.boolean(),
  largestAbs: z.number().nonnegative(),
  largestRel: z.number().nonnegative(),
  failures: z.array(
    z.object({
      row: z.number().int().positive(),
      output: z.string(),
      expected: z.union([z.number(), z.string()]),
      got: z.union([z.number(), z.string()]),
    }),
  ),
});
export type GoldenReport = z.infer<typeof goldenSchema>;

/** Rows that attributions are told against: 100 of the evaluation data, drawn by the root digest, as they were before encoding. */
export const backgroundSchema = z.object({
  /** Positions in the file, from 0. */
  rows: z.array(count),
  columns: z.array(z.object({ name: z.string(), values: z.array(z.union([z.number(), z.string(), z.null()])) })),
});
export type Background = z.infer<typeof backgroundSchema>;

/** What the sandbox found out about a candidate. */
export const findingsSchema = z.object({
  task: taskSchema,
  /** In the order of class indices; absent for numbers, and for classes that nobody named. */
  classes: z.array(z.string()).optional(),
  evidence: z.discriminatedUnion('evidence', [labelledSchema, noneSchema]),
  latency: latencySchema,
  /** Absent where the upload has no golden data, and in older reports. */
  golden: goldenSchema.optional(),
  /** Kept beside the report, which people read: these are data of people. Absent without data, and of very many columns. */
  background: backgroundSchema.optional(),
  /** Bytes of memory that the candidate's process held at most; not known of a model at an endpoint. */
  peakMemoryBytes: count.optional(),
  limits: z.object({
    rows: count,
    /** Absent for a model at an endpoint. */
    memoryBytes: count.optional(),
    /** Milliseconds. */
    time: count,
  }),
  runtime: z.object({
    node: z.string(),
    platform: z.string(),
    /** What ran the graph. */
    onnxruntime: z.string().optional(),
    /** What answered instead: a SageMaker endpoint. */
    endpoint: z.string().optional(),
  }),
});
export type Findings = z.infer<typeof findingsSchema>;

/** Everything that an evaluation found, as it lies in the artifact bucket. Fields are only ever added. */
export const evaluationReportSchema = z.object({
  schema: z.literal(1),
  model: modelNameSchema,
  version: versionNumberSchema,
  rootDigest: sha256Schema,
  evaluatedAt: timestampSchema,
  /** Absent for a model that was not run. */
  findings: findingsSchema.optional(),
  /** Why it was not run; absent where it was, and in older reports. */
  notRun: z.string().optional(),
  /** Where the background sample lies in the artifact bucket, and the SHA-256 of its bytes. */
  background: z.object({ rows: count, key: z.string(), sha256: sha256Schema }).optional(),
  /** Absent in older reports. */
  gates: gateTableSchema.optional(),
});
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;
