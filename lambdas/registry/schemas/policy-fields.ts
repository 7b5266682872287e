import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
import { durationSchema } from './manifest';

/** One step of the climb. It is left by a verdict, a command or its deadline, never before `bake` has passed. */
export const rolloutStepSchema = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('shadow'),
    bake: durationSchema,
    /** Least pairs of champion and challenger losses before a verdict counts. */
    minPairs: z.number().int().min(1).default(300),
  }),
  z.strictObject({
    mode: z.literal('canary'),
    bake: durationSchema,
    /** Share of routing keys that the challenger answers. */
    weight: storedNumber().gt(0).max(1),
    /** Least outcomes of the challenger before the step may be left upwards. */
    minOutcomes: z.number().int().min(0).default(200),
  }),
]);
export type RolloutStep = z.infer<typeof rolloutStepSchema>;

/** Most gates that a version is judged by: their table lies on its record. */
export const MAX_GATES = 30;

/** What a policy says about approvals; defaults are the policy's own. */
export const APPROVAL_FIELDS = {
  /** Distinct reviewers needed when the uploader is known, and when nobody vouches for the hand. */
  knownUploader: z.number().int().min(1).max(5),
  unknownUploader: z.number().int().min(1).max(5),
  expiresAfter: durationSchema,
};

/** What a policy says about rollouts; defaults are the policy's own. */
export const ROLLOUT_FIELDS = {
  steps: z.array(rolloutStepSchema).min(1).max(10),
  /** After this long without a verdict a step asks a person. */
  stepDeadline: durationSchema,
  /** After this long without a person's answer the challenger is withdrawn. */
  personDeadline: durationSchema,
  /** Tolerated extra loss, as a share of the champion's mean loss. */
  margin: storedNumber().min(0).max(1),
  /** Probability of a wrong verdict, whenever and however often one looks. */
  alpha: storedNumber().gt(0).max(0.5),
};
