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
  decidedAt: timestampSchema.optional(),
  reviews: z.array(reviewSchema),
});
export type CardApproval = z.infer<typeof cardApprovalSchema>;

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
      golden: findings.golden,
      latency: findings.latency.optional(),
      peakMemoryBytes: z.number().optional(),
      gates: gateTableSchema.optional(),
    })
    .optional(),
  approval: cardApprovalSchema.optional(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
