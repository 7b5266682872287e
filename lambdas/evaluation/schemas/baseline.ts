import * as z from 'zod';
import { lossBaselineSchema } from '../../registry/contract';
import { count } from './figures';

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

export const baselineSchema = z.object({
  loss: lossBaselineSchema,
  features: z.array(binsSchema),
  /** Input columns left out because the report would have grown too large. */
  featuresOmitted: count,
  /** Of the score where there is one, else of the predicted class. */
  score: binsSchema,
});
export type Baseline = z.infer<typeof baselineSchema>;
