import { z } from 'zod';
import {
  defaultPolicySchema,
  durationSchema,
  modelNameSchema,
  rolloutStepSchema,
  timestampSchema,
  ulidSchema,
  versionNumberSchema,
  versionRefSchema,
} from '../registry/contract';

/** Environment of every function of the room. */
export const rolloutEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  EVIDENCE_TABLE: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
  /** Alarms, by name, any of which withdraws a challenger; separated by commas. */
  ROLLBACK_ALARMS: z.string().transform((names) => names.split(',').filter(Boolean)),
});

/** Environment of `start-rollout` and `judge-rollouts`, which know the machine. */
export const rolloutMachineEnvSchema = rolloutEnvSchema.extend({ ROLLOUT_MACHINE: z.string() });

const base = {
  id: ulidSchema,
  model: modelNameSchema,
  challenger: versionRefSchema,
  /** Absent for a model's first version: there is nothing to compare with. */
  champion: versionRefSchema.optional(),
  approvalId: ulidSchema,
  startedAt: timestampSchema,
  /** Of the policy in force when the rollout started; a later policy does not change a running comparison. */
  steps: z.array(rolloutStepSchema).min(1),
  /** Tolerated extra mean loss, absolute, in [0,1]. */
  margin: z.number().min(0).max(1),
  alpha: z.number().gt(0).max(0.5),
  stepDeadline: durationSchema,
  personDeadline: durationSchema,
  /** −1 before the first step. */
  stepIndex: z.number().int().min(-1),
  generation: z.number().int().nonnegative(),
};
const ended = { ...base, endedAt: timestampSchema, reason: z.string(), announced: z.boolean() };

export const rolloutSchema = z.discriminatedUnion('status', [
  z.object({
    ...base,
    status: z.literal('RUNNING'),
    /** `asking`: the step's deadline has passed, and a person must say how it goes on. */
    phase: z.enum(['starting', 'step', 'asking']),
    stepEnteredAt: timestampSchema,
    /** Wakes the execution that waits; never leaves the platform. */
    taskToken: z.string().optional(),
  }),
  z.object({ ...ended, status: z.literal('PROMOTED') }),
  z.object({ ...ended, status: z.literal('ROLLED_BACK') }),
  z.object({ ...ended, status: z.literal('ABORTED') }),
  z.object({ ...ended, status: z.literal('SUPERSEDED') }),
]);
export type Rollout = z.infer<typeof rolloutSchema>;
export type RunningRollout = Extract<Rollout, { status: 'RUNNING' }>;
export type EndedRollout = Exclude<Rollout, { status: 'RUNNING' }>;

/** Body of `POST /api/v1/rollouts/{id}/commands`. */
export const rolloutCommandSchema = z.strictObject({
  /** `promote` only while the rollout asks a person. */
  command: z.enum(['promote', 'rollback']),
  reason: z.string().trim().min(1, 'say why: the reason goes on record').max(4000),
});

/** Body of `POST /api/v1/models/{model}/rollback`. */
export const rollbackSchema = z.strictObject({
  reason: z.string().trim().min(1, 'say why: the reason goes on record').max(4000),
  to: versionNumberSchema.optional(),
});
