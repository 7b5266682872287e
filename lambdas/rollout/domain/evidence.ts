import * as z from 'zod';
import type { Verdict } from '../../monitoring/domain/verdict';

const verdictSchema = z.enum(['better', 'not-worse', 'worse', 'not-yet'] satisfies Verdict[]);

/** What outcomes say about a challenger in one step, condensed for decisions, records and people. */
export const stepEvidenceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('pairs'),
    verdict: verdictSchema,
    pairs: z.number().int().nonnegative(),
    /** Mean of loss(champion) − loss(challenger): above 0 the challenger is better. */
    meanDifference: z.number(),
    eValues: z.object({ better: z.number(), notWorse: z.number(), worse: z.number() }),
  }),
  z.object({
    kind: z.literal('groups'),
    verdict: verdictSchema,
    outcomes: z.object({ champion: z.number(), challenger: z.number() }),
    /** Mean loss of the challenger less that of the champion: below 0 the challenger is better. */
    difference: z.number(),
    halfWidth: z.number(),
    reason: z.string().optional(),
  }),
]);
export type StepEvidence = Readonly<z.infer<typeof stepEvidenceSchema>>;
