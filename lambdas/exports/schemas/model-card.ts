import * as z from 'zod';
import { evaluationReportSchema } from '../../evaluation/schemas/report';
import {
  actorSchema,
  columnSchema,
  datasetSchema,
  gateTableSchema,
  manifestSchema,
  metricsSchema,
  modelNameSchema,
  runtimeSchema,
  sha256Schema,
  taskSchema,
  tensorSchema,
  timestampSchema,
  versionFlagSchema,
  versionNumberSchema,
} from '../../registry/contract';
import { lineageSchema } from '../../registry/schemas/api';
import { modelSigningSchema } from '../../registry/schemas/signing';

const findings = evaluationReportSchema.shape.findings.unwrap().shape;
const labelled = findings.evidence.options[0].shape;

const reviewSchema = z.object({
  reviewer: actorSchema,
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: timestampSchema,
});
export const cardApprovalSchema = z.object({
  id: z.string(),
  status: z.string(),
  required: z.number().int().optional(),
  requestedAt: timestampSchema.optional(),
  decidedAt: timestampSchema.optional(),
  expiredAt: timestampSchema.optional(),
  reviews: z.array(reviewSchema),
});
export type CardApproval = z.infer<typeof cardApprovalSchema>;

const seenColumnSchema = z.object({
  name: z.string(),
  rows: z.number().int(),
  missing: z.number().int(),
  /** By share of the rows below, from 0.1 to 0.9; numbers only, and not where deciles coincide. */
  quantiles: z.record(z.string(), z.number()).optional(),
});
export type SeenColumn = z.infer<typeof seenColumnSchema>;

/** What is on record about a version, in the order in which people read a model card. */
export const modelCardSchema = z.object({
  schema: z.literal(1),
  details: z.object({
    model: modelNameSchema,
    version: versionNumberSchema,
    status: z.string(),
    task: taskSchema.optional(),
    owner: z.string().optional(),
    risk: z.string().optional(),
    /** What the policy held the version to when it was evaluated. */
    tier: z.string().optional(),
    policy: z.string().optional(),
    uploader: actorSchema,
    registeredAt: timestampSchema,
    rootDigest: sha256Schema.optional(),
    signing: modelSigningSchema.optional(),
    runtime: runtimeSchema.optional(),
    files: z.array(z.object({ path: z.string(), size: z.number(), sha256: sha256Schema })),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
    columns: z.array(columnSchema),
    rejection: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
  /** In the uploader's words. */
  intendedUse: manifestSchema.shape.card,
  training: z.object({
    lineage: lineageSchema,
    datasets: z.array(
      datasetSchema.extend({ withdrawn: z.object({ at: timestampSchema, reason: z.string() }).optional() }),
    ),
    flags: z.array(versionFlagSchema),
  }),
  evaluation: z
    .object({
      /** `none`: loaded, run and timed only. */
      evidence: z.enum(['labelled', 'none']),
      evaluatedAt: timestampSchema.optional(),
      report: z.object({ key: z.string(), sha256: z.string() }),
      data: labelled.data.optional(),
      metrics: metricsSchema,
      /** The champion on the same rows. */
      champion: labelled.champion.optional(),
      groups: labelled.groups,
      fairness: labelled.fairness,
      segments: labelled.segments,
      calibration: labelled.calibration,
      importance: labelled.importance.optional(),
      /** What was seen of the input columns: of every row, or of the sample that bins are taken from. */
      columns: z.array(seenColumnSchema).optional(),
      golden: findings.golden,
      latency: findings.latency.optional(),
      peakMemoryBytes: z.number().optional(),
      /** What ran the graph, or the SageMaker endpoint that was asked. */
      runtime: findings.runtime.optional(),
      /** Why the version was not run. */
      notRun: z.string().optional(),
      gates: gateTableSchema.optional(),
    })
    .optional(),
  approval: cardApprovalSchema.optional(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
