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
  /** Share of the negatives predicted positive; two classes only. Absent in older reports. */
  fpr: share.nullable().optional(),
  /** Classes only. */
  accuracy: share.nullable(),
  /** Mean loss. */
  loss: share,
  /** Under 30 rows: too small to judge. */
  tooSmall: z.boolean(),
  /** Under 30 positives: `tpr` is too small to judge, however large the group. Absent in older reports. */
  tprTooSmall: z.boolean().optional(),
  /** Under 30 negatives, likewise. */
  fprTooSmall: z.boolean().optional(),
});

const attributeGroupsSchema = z.object({ attribute: z.string(), groups: z.array(groupRatesSchema) });
export type AttributeGroups = z.infer<typeof attributeGroupsSchema>;

/** Between the highest and the lowest rate of groups; a ratio of 1 is parity. */
const spreadSchema = z.object({ difference: share, ratio: share });

/** A group beside all others. */
const comparedGroupSchema = z.object({
  measure: z.enum(['selectionRate', 'tpr', 'fpr', 'accuracy']),
  /** Rows that the rate is over: for `tpr` positives, for `fpr` negatives. */
  n: count,
  rate: share.nullable(),
  restN: count,
  restRate: share.nullable(),
  /** Under 30 rows on a side: nothing is said. */
  tooSmall: z.boolean(),
  /** Rate less the others', its interval, and the level of that: 1 − .05/K of K groups. */
  difference: z.number().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  level: share.optional(),
});

/** How much groups differ; what cannot be judged is absent. */
const attributeFairnessSchema = z.object({
  attribute: z.string(),
  demographicParity: spreadSchema.optional(),
  equalizedOdds: spreadSchema.optional(),
  /** Of the TPR. */
  equalOpportunity: spreadSchema.optional(),
  groups: z.array(z.object({ group: z.string(), measures: z.array(comparedGroupSchema) })),
});
export type AttributeFairness = z.infer<typeof attributeFairnessSchema>;

const columnSegmentsSchema = z.object({
  column: z.string(),
  segments: z.array(
    z.object({
      /** Value of the column; `(missing)`, `(other)` as for groups. */
      value: z.string(),
      n: count,
      metrics: metricsSchema,
      /** Under 30 rows: too small to judge. */
      tooSmall: z.boolean(),
    }),
  ),
});
export type ColumnSegments = z.infer<typeof columnSegmentsSchema>;

/** Scores and how often they came true: of the positive class, or of the predicted one of several. */
const calibrationSchema = z.object({
  bins: z.array(z.object({ low: z.number(), high: z.number(), n: count, score: share, rate: share })),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** Candidate − champion on the same rows, with its 95 % interval and two-sided p. */
const differenceSchema = z.object({
  difference: z.number(),
  standardError: z.number().nonnegative(),
  low: z.number(),
  high: z.number(),
  p: share,
});
export type PairedDifference = z.infer<typeof differenceSchema>;

/** What rows that both answered say about which is better. */
const pairedSchema = z.object({
  /** Rows that only one got right, and the exact p of so uneven a split. */
  mcnemar: z.object({ candidateOnly: count, championOnly: count, p: share }).optional(),
  /** accuracy, logLoss, brier, mae as means over rows; rocAuc by DeLong; `loss` is the mean of what the policy goes by. */
  metrics: z.record(z.string(), differenceSchema),
});
export type PairedComparison = z.infer<typeof pairedSchema>;

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
    /** Absent in older reports. */
    paired: pairedSchema.optional(),
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
  /** Where the background sample lies in the artifact bucket, and the SHA-256 of its bytes. */
  background: z.object({ rows: count, key: z.string(), sha256: sha256Schema }).optional(),
  /** Absent in older reports. */
  gates: gateTableSchema.optional(),
});
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;
