import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
import { gateSchema } from './gate';
import { durationSchema } from './manifest';
import { signingPolicySchema } from './signing';

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

/** Everything that decides how a model's versions are approved, rolled out and watched. Defaults are the fixed default policy. */
export const policySchema = z.strictObject({
  /** Judged, all of them, at the end of evaluation. */
  gates: z
    .array(gateSchema)
    .max(30)
    .default([{ kind: 'compatible', severity: 'block' }]),
  signing: signingPolicySchema.prefault({}),
  approval: z
    .strictObject({
      /** Distinct reviewers needed when the uploader is known, and when nobody vouches for the hand. */
      knownUploader: z.number().int().min(1).max(5).default(1),
      unknownUploader: z.number().int().min(1).max(5).default(2),
      expiresAfter: durationSchema.default('P30D'),
    })
    .prefault({}),
  rollout: z
    .strictObject({
      steps: z
        .array(rolloutStepSchema)
        .min(1)
        .max(10)
        .default([
          { mode: 'shadow', bake: 'P1D', minPairs: 300 },
          { mode: 'canary', bake: 'P1D', weight: 0.1, minOutcomes: 200 },
          { mode: 'canary', bake: 'P1D', weight: 0.5, minOutcomes: 200 },
        ]),
      /** After this long without a verdict a step asks a person. */
      stepDeadline: durationSchema.default('P14D'),
      /** After this long without a person's answer the challenger is withdrawn. */
      personDeadline: durationSchema.default('P7D'),
      /** Tolerated extra loss, as a share of the champion's mean loss. */
      margin: storedNumber().min(0).max(1).default(0.1),
      /** Probability of a wrong verdict, whenever and however often one looks. */
      alpha: storedNumber().gt(0).max(0.5).default(0.05),
    })
    .prefault({}),
  drift: z
    .strictObject({
      /** One full season; a batch is judged at its close. */
      batch: durationSchema.default('P1D'),
      /** Alarm when the mixed evidence reaches this; expected batches between false alarms are at least as many. */
      threshold: storedNumber().gt(1).default(3650),
    })
    .prefault({}),
  outcomes: z
    .strictObject({
      observed: z
        .literal('always', {
          error:
            'outcomes that are observed only after some decisions are not supported yet: selective outcomes bias every comparison; set observed: always or leave it out',
        })
        .default('always'),
      /** How old a prediction may be when its outcome arrives. */
      acceptFor: durationSchema.default('P400D'),
    })
    .prefault({}),
});
export type Policy = z.infer<typeof policySchema>;
