import * as z from 'zod';
import { metricsSchema, versionRefSchema } from '../../registry/contract';
import { count, share } from './figures';
import { attributeGroupsSchema } from './groups';

/** Candidate − champion on the same rows, with its 95 % interval and two-sided p. */
const differenceSchema = z.object({
  difference: z.number(),
  standardError: z.number().nonnegative(),
  low: z.number(),
  high: z.number(),
  p: share,
  /** Of Student’s t, which interval and p go by where rows are clustered: clusters − 1. Absent where they are independent: normal. */
  degreesOfFreedom: z.number().int().positive().optional(),
});
export type PairedDifference = z.infer<typeof differenceSchema>;

/** What rows that both answered say about which is better. */
const pairedSchema = z.object({
  /** Rows that only one got right, and the p of so uneven a split; absent where clusters are too few. */
  mcnemar: z.object({ candidateOnly: count, championOnly: count, p: share }).optional(),
  /** accuracy, logLoss, brier, mae as means over rows; rocAuc by DeLong; `loss` is the mean of what the policy goes by. */
  metrics: z.record(z.string(), differenceSchema),
  /** What fewer than 30 clusters can say nothing of, and is left out: names of metrics, and `mcnemar`. */
  tooFewClusters: z.array(z.string()).optional(),
});
export type PairedComparison = z.infer<typeof pairedSchema>;

/** The champion on the very rows that judged the candidate. */
export const championSchema = z.discriminatedUnion('status', [
  versionRefSchema.extend({
    status: z.literal('compared'),
    metrics: metricsSchema,
    groups: z.array(attributeGroupsSchema),
    meanLoss: share,
    latencyMsPerRow: z.number().nonnegative(),
    /** That latency is of calls to an endpoint, network included. */
    roundTrip: z.literal(true).optional(),
    /** What the comparison lacks, and why. */
    note: z.string().optional(),
    /** Candidate − champion, by metric. */
    difference: metricsSchema,
    /** Absent in older reports. */
    paired: pairedSchema.optional(),
  }),
  z.object({ status: z.literal('absent'), reason: z.string() }),
]);
export type ChampionReport = z.infer<typeof championSchema>;
