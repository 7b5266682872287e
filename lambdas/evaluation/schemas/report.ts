import * as z from 'zod';
import {
  gateTableSchema,
  lossBaselineSchema,
  metricsSchema,
  modelNameSchema,
  sha256Schema,
  taskSchema,
  timestampSchema,
  versionNumberSchema,
  versionRefSchema,
} from '../../registry/contract';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** One group of a protected attribute, as fairlearn names its rates. A rate is null where nothing can be said. */
const groupRatesSchema = z.object({
  /** Value of the attribute; `(missing)` for empty cells, `(other)` for all beyond the 20 most frequent. */
  group: z.string(),
  n: count,
  /** Share predicted as the positive class; two classes only. */
  selectionRate: share.nullable(),
  /** Share of the positives predicted as such; two classes only. */
  tpr: share.nullable(),
  /** Classes only. */
  accuracy: share.nullable(),
  /** Mean loss. */
  loss: share,
  /** Under 30 rows: too small to judge. */
  tooSmall: z.boolean(),
  /** Under 30 positives: `tpr` is too small to judge, however large the group. Absent in older reports. */
  tprTooSmall: z.boolean().optional(),
});

const attributeGroupsSchema = z.object({ attribute: z.string(), groups: z.array(groupRatesSchema) });
export type AttributeGroups = z.infer<typeof attributeGroupsSchema>;

/** By how much the metric falls when a column is shuffled, which breaks its tie to the truth. */
const importanceSchema = z.object({
  metric: z.string(),
  /** The metric on the sample, unshuffled. */
  reference: z.number(),
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
});
export type Importance = z.infer<typeof importanceSchema>;

const quantilesSchema = z.object({ runs: count, p50: z.number().nonnegative(), p99: z.number().nonnegative() });

/** Milliseconds, measured beside the model; `batch1` and `batch100` are per row. */
const latencySchema = z.object({
  loadMs: z.number().nonnegative(),
  batch1: quantilesSchema,
  /** Absent for a graph that takes one row at a time. */
  batch100: quantilesSchema.optional(),
});
export type Latency = z.infer<typeof latencySchema>;

/** Counts per bin, against which drift of inputs and predictions is judged. */
const binsSchema = z.discriminatedUnion('kind', [
  /** A value that equals an edge counts below it. */
  z.object({
    kind: z.literal('number'),
    name: z.string(),
    edges: z.array(z.number()),
    counts: z.array(count),
    missing: count,
  }),
  z.object({
    kind: z.literal('level'),
    name: z.string(),
    levels: z.record(z.string(), count),
    /** Rows of levels too rare for a bin of their own. */
    other: count,
    missing: count,
  }),
]);
export type Bins = z.infer<typeof binsSchema>;

const baselineSchema = z.object({
  loss: lossBaselineSchema,
  features: z.array(binsSchema),
  /** Input columns left out because the report would have grown too large. */
  featuresOmitted: count,
  /** Of the score where there is one, else of the predicted class. */
  score: binsSchema,
});
export type Baseline = z.infer<typeof baselineSchema>;

/** The champion on the very rows that judged the candidate. */
const championSchema = z.discriminatedUnion('status', [
  versionRefSchema.extend({
    status: z.literal('compared'),
    metrics: metricsSchema,
    groups: z.array(attributeGroupsSchema),
    meanLoss: share,
    latencyMsPerRow: z.number().nonnegative(),
    /** Candidate − champion, by metric. */
    difference: metricsSchema,
  }),
  z.object({ status: z.literal('absent'), reason: z.string() }),
]);
export type ChampionReport = z.infer<typeof championSchema>;

export const dataSourceSchema = z.object({
  /** The version whose artifact holds the file: the candidate itself, or one before it. */
  version: versionNumberSchema,
  file: z.string(),
  sha256: sha256Schema,
  label: z.string(),
});

const labelledSchema = z.object({
  evidence: z.literal('labelled'),
  data: dataSourceSchema.extend({ rows: count }),
  metrics: metricsSchema,
  groups: z.array(attributeGroupsSchema),
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

/** What the sandbox found out about a candidate. */
export const findingsSchema = z.object({
  task: taskSchema,
  /** In the order of class indices; absent for numbers, and for classes that nobody named. */
  classes: z.array(z.string()).optional(),
  evidence: z.discriminatedUnion('evidence', [labelledSchema, noneSchema]),
  latency: latencySchema,
  /** Absent where the upload has no golden data, and in older reports. */
  golden: goldenSchema.optional(),
  /** Bytes of memory that the candidate's process held at most. */
  peakMemoryBytes: count,
  limits: z.object({
    rows: count,
    memoryBytes: count,
    /** Milliseconds. */
    time: count,
  }),
  runtime: z.object({ node: z.string(), onnxruntime: z.string(), platform: z.string() }),
});
export type Findings = z.infer<typeof findingsSchema>;

/** Everything that an evaluation found, as it lies in the artifact bucket. Fields are only ever added. */
export const evaluationReportSchema = z.object({
  schema: z.literal(1),
  model: modelNameSchema,
  version: versionNumberSchema,
  rootDigest: sha256Schema,
  evaluatedAt: timestampSchema,
  /** Absent for a model that is hosted elsewhere and was not run here. */
  findings: findingsSchema.optional(),
  /** Absent in older reports. */
  gates: gateTableSchema.optional(),
});
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;
