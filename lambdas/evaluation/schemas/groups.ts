import * as z from 'zod';
import { metricsSchema } from '../../registry/contract';
import { count, share } from './figures';

/** One group of a protected attribute, as fairlearn names its rates. A rate is null where nothing can be said. */
const groupRatesSchema = z.object({
  /** Value of the attribute; `(missing)` for empty cells, `(other)` for all beyond the 20 most frequent. */
  group: z.string(),
  n: count,
  /** Clusters with a row in it; absent where rows are independent. */
  clusters: count.optional(),
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
  /** Under 30 rows, or 30 clusters: too small to judge. */
  tooSmall: z.boolean(),
  /** Under 30 positives, or 30 clusters with one: `tpr` is too small to judge, however large the group. Absent in older reports. */
  tprTooSmall: z.boolean().optional(),
  /** Under 30 negatives, likewise. */
  fprTooSmall: z.boolean().optional(),
});

export const attributeGroupsSchema = z.object({ attribute: z.string(), groups: z.array(groupRatesSchema) });
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
  /** Clusters that these rows are of, on either side; absent where rows are independent. */
  clusters: count.optional(),
  restClusters: count.optional(),
  /** Under 30 rows, or 30 clusters, on a side: nothing is said. */
  tooSmall: z.boolean(),
  /** Rate less the others', its interval, and the level of that: 1 − .05/K of K groups. */
  difference: z.number().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  level: share.optional(),
  /** So many rows say as much as one independent row would (Rao and Scott 1992); clusters only. */
  designEffect: z.number().min(1).optional(),
  restDesignEffect: z.number().min(1).optional(),
});

/** How much groups differ; what cannot be judged is absent. */
export const attributeFairnessSchema = z.object({
  attribute: z.string(),
  demographicParity: spreadSchema.optional(),
  equalizedOdds: spreadSchema.optional(),
  /** Of the TPR. */
  equalOpportunity: spreadSchema.optional(),
  groups: z.array(z.object({ group: z.string(), measures: z.array(comparedGroupSchema) })),
});
export type AttributeFairness = z.infer<typeof attributeFairnessSchema>;

export const columnSegmentsSchema = z.object({
  column: z.string(),
  segments: z.array(
    z.object({
      /** Value of the column; `(missing)`, `(other)` as for groups. */
      value: z.string(),
      n: count,
      /** Clusters with a row in it; absent where rows are independent. */
      clusters: count.optional(),
      metrics: metricsSchema,
      /** Under 30 rows, or 30 clusters: too small to judge. */
      tooSmall: z.boolean(),
    }),
  ),
});
export type ColumnSegments = z.infer<typeof columnSegmentsSchema>;
