import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';
import { gateSchema } from './gate';
import { durationSchema, riskSchema } from './manifest';
import { faultsOf, namedSchema, tiersSchema } from './overlay';
import { APPROVAL_FIELDS, MAX_GATES, ROLLOUT_FIELDS } from './policy-fields';
import { signingPolicySchema } from './signing';

/** Everything that decides how a model's versions are approved, rolled out and watched. Defaults are the fixed default policy. */
export const policySchema = z
  .strictObject({
    /** Judged, all of them, at the end of evaluation. */
    gates: z
      .array(gateSchema)
      .max(MAX_GATES)
      .default([{ kind: 'compatible', severity: 'block' }]),
    /** The tier of versions that declare no risk, or a lower one: what an uploader declares loosens nothing. */
    leastRisk: riskSchema.optional(),
    /** What versions meet beside the rest, by their risk. */
    tiers: tiersSchema.optional(),
    /** What versions meet beside the rest that name it as their `policy`. */
    named: namedSchema.optional(),
    signing: signingPolicySchema.prefault({}),
    approval: z
      .strictObject({
        knownUploader: APPROVAL_FIELDS.knownUploader.default(1),
        unknownUploader: APPROVAL_FIELDS.unknownUploader.default(2),
        expiresAfter: APPROVAL_FIELDS.expiresAfter.default('P30D'),
      })
      .prefault({}),
    rollout: z
      .strictObject({
        steps: ROLLOUT_FIELDS.steps.default([
          { mode: 'shadow', bake: 'P1D', minPairs: 300 },
          { mode: 'canary', bake: 'P1D', weight: 0.1, minOutcomes: 200 },
          { mode: 'canary', bake: 'P1D', weight: 0.5, minOutcomes: 200 },
        ]),
        stepDeadline: ROLLOUT_FIELDS.stepDeadline.default('P14D'),
        personDeadline: ROLLOUT_FIELDS.personDeadline.default('P7D'),
        margin: ROLLOUT_FIELDS.margin.default(0.1),
        alpha: ROLLOUT_FIELDS.alpha.default(0.05),
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
  })
  .superRefine((policy, context) => {
    for (const fault of faultsOf(policy)) context.addIssue({ code: 'custom', ...fault });
  });
export type Policy = z.infer<typeof policySchema>;

/** A policy as it is on record: it was checked as a whole when it was put there, by the rules of its day. */
export const storedPolicySchema = z.object(policySchema.shape);
