import * as z from 'zod';
import { gateTableSchema } from './gate';

/** Metrics by name: accuracy, logLoss, rocAuc for classes; rmse, mae, r2 for numbers. */
export const metricsSchema = z.record(z.string(), z.number());

/** The loss that monitoring compares against. `mean` is in [0,1]. */
export const lossBaselineSchema = z.object({
  rows: z.number().int().nonnegative(),
  mean: z.number().min(0).max(1),
  perClass: z.array(
    z.object({ class: z.string(), rows: z.number().int().nonnegative(), mean: z.number().min(0).max(1) }),
  ),
  /** 99th percentile of absolute error, in the label's unit; regression only, never 0. */
  cap: z.number().positive().optional(),
});
export type LossBaseline = z.infer<typeof lossBaselineSchema>;

/** The part of an evaluation that travels with the version; the whole report is in the artifact bucket. */
export const evaluationSummarySchema = z.object({
  /** `none`: nothing to evaluate on; the version was loaded, run and timed only. */
  evidence: z.enum(['labelled', 'none']),
  metrics: metricsSchema,
  baseline: lossBaselineSchema.optional(),
  /** Median of single rows; absent where the version was not run (0 in older evaluations). */
  latencyMsPerRow: z.number().nonnegative().optional(),
  /** Absent in older evaluations. */
  gates: gateTableSchema.optional(),
  /** Key of the whole report in the artifact bucket, and the SHA-256 of its bytes. */
  report: z.object({ key: z.string(), sha256: z.string() }),
});
export type EvaluationSummary = z.infer<typeof evaluationSummarySchema>;
