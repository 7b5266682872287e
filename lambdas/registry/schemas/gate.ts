import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
import { riskSchema } from './manifest';
import { type MetricName, metricNameSchema } from './metric';

/** `block`: a version that fails is rejected. `warn`: reviewers are shown the failure. */
const severity = z.enum(['block', 'warn']).default('block');

const atMost = storedNumber().gt(0);

const PAIRED: readonly MetricName[] = ['accuracy', 'logLoss', 'brier', 'mae', 'rocAuc'];
const isPaired = (metric: MetricName): boolean => PAIRED.includes(metric);

interface Limits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
const isRange = ({ min = -Infinity, max = Infinity }: Limits): boolean => min <= max;
const isLimited = <G extends { readonly kind: string }>(
  gate: G,
): gate is Extract<G, { kind: 'metric' | 'parity' }> & Limits => gate.kind === 'metric' || gate.kind === 'parity';

/** One rule over the evidence of a version. */
export const gateSchema = z
  .discriminatedUnion('kind', [
    /** A metric of the candidate by itself. Without labelled evidence it fails. */
    z.strictObject({
      kind: z.literal('metric'),
      metric: metricNameSchema,
      min: storedNumber().optional(),
      max: storedNumber().optional(),
      severity,
    }),
    /** A metric beside the champion's on the same rows; passes where there is no champion. */
    z.strictObject({
      kind: z.literal('champion'),
      metric: metricNameSchema,
      /** How much worse than the champion the candidate may be, in the unit of the metric. */
      margin: storedNumber().min(0).default(0),
      /**
       * Chance of passing a candidate that is worse by more than the margin: then chance must be ruled out, and data too few fail. Left out, the
       * numbers are compared as they are. For accuracy, logLoss, brier, mae and rocAuc.
       */
      significance: storedNumber().gt(0).max(0.5).optional(),
      severity,
    }),
    /** Each group of protected attributes beside the rest; fails where a difference beyond the tolerance is no chance. */
    z.strictObject({
      kind: z.literal('fairness'),
      measure: z.enum(['selectionRate', 'tpr', 'fpr', 'accuracy']),
      /** Every protected attribute where left out. */
      attribute: z.string().max(256).optional(),
      tolerance: storedNumber().min(0).max(1),
      severity,
    }),
    /** The highest beside the lowest group as fairlearn names it, taken as it is; four fifths: demographicParity, ratio, min 0.8. */
    z.strictObject({
      kind: z.literal('parity'),
      measure: z.enum(['demographicParity', 'equalizedOdds', 'equalOpportunity']),
      as: z.enum(['difference', 'ratio']),
      attribute: z.string().max(256).optional(),
      min: storedNumber().min(0).max(1).optional(),
      max: storedNumber().min(0).max(1).optional(),
      severity,
    }),
    /** Milliseconds that a request of so many rows takes, measured in the evaluation's sandbox. */
    z.strictObject({
      kind: z.literal('latency'),
      rows: z.union([z.literal(1), z.literal(100)]).default(1),
      percentile: z.enum(['p50', 'p99']).default('p99'),
      maxMs: atMost,
      severity,
    }),
    /** Milliseconds until the model is loaded. */
    z.strictObject({ kind: z.literal('load'), maxMs: atMost, severity }),
    /** Most memory of the candidate's process, in MB of 1,048,576 bytes. */
    z.strictObject({ kind: z.literal('memory'), maxMb: atMost, severity }),
    /** What an upload must declare. */
    z.strictObject({
      kind: z.literal('declared'),
      /** `datasets`: at least one, each with its digest; `code`: repository and commit; `protected`: columns compared for fairness. */
      what: z.enum(['datasets', 'code', 'parent', 'owner', 'protected', 'golden', 'evaluation', 'card', 'risk']),
      severity,
    }),
    /** `model.sig` must be there, by a key, certificate or identity of the policy's `signing`; folders wait for it. */
    z.strictObject({ kind: z.literal('signed'), severity }),
    /** What the champion's callers send, the candidate takes; what they get, it answers. */
    z.strictObject({ kind: z.literal('compatible'), severity }),
  ])
  .refine((gate) => !isLimited(gate) || isRange(gate), {
    path: ['max'],
    error: 'nothing passes: "max" is below "min"',
  })
  .refine((gate) => !isLimited(gate) || gate.min !== undefined || gate.max !== undefined, {
    error: 'the gate needs a limit; give "min", "max" or both',
  })
  .refine((gate) => gate.kind !== 'champion' || gate.significance === undefined || isPaired(gate.metric), {
    path: ['significance'],
    error: `what chance would do is known of ${PAIRED.join(', ')} only; leave "significance" out, or name one of them`,
  });
export type Gate = z.infer<typeof gateSchema>;

/** What became of one gate. */
export const gateResultSchema = z.object({
  /** What is judged, such as `rocAuc beside the champion’s`. */
  gate: z.string(),
  kind: z.string(),
  metric: z.string().optional(),
  /** Absent where there was nothing to judge. */
  value: z.number().optional(),
  /** As people read it: `≥ 0.8`. */
  threshold: z.string(),
  pass: z.boolean(),
  why: z.string(),
  severity: z.enum(['block', 'warn']),
});
export type GateResult = z.infer<typeof gateResultSchema>;

/** All gates of the policy that was in force, in its order; its own first, then those of tiers and name. */
export const gateTableSchema = z.object({
  /** Number of the policy; 0 is the default policy. */
  policy: z.number().int().nonnegative(),
  /** The version's tier; absent where the policy knows none, and in older tables. */
  tier: riskSchema.optional(),
  /** The name in the policy that the version goes by; absent where it goes by none, and in older tables. */
  named: z.string().optional(),
  results: z.array(gateResultSchema),
});
export type GateTable = z.infer<typeof gateTableSchema>;
