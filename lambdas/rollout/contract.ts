import * as z from 'zod';
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

/** Environment of `rollout-api`. */
export const rolloutApiEnvSchema = rolloutMachineEnvSchema.extend({
  /** Name of `host-endpoint`; empty in a deployment without SageMaker. */
  HOST_FUNCTION: z.string(),
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Environment of `host-endpoint`. */
export const hostEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  ARTIFACT_BUCKET: z.string(),
  DEPLOYMENT: z.string(),
  /** ARN of the role that containers run with. */
  CONTAINER_ROLE: z.string(),
  /** An endpoint that is not in service so long after its rollout started aborts it; given in minutes. */
  START_TIMEOUT: z.coerce.number().transform((minutes) => minutes * MINUTE_MS),
  /** How long a former champion's endpoint is kept for a rollback; given in hours. */
  KEEP_FORMER_CHAMPION: z.coerce.number().transform((hours) => hours * HOUR_MS),
});

/** What `host-endpoint` is asked to do. */
export const hostTaskSchema = z.discriminatedUnion('action', [
  /** Brings a rollout's challenger into service; asked again until it is. */
  z.object({ action: z.literal('host'), model: modelNameSchema, rolloutId: ulidSchema }),
  /** Deletes the endpoint of a rollout that is over, unless it still serves. */
  z.object({ action: z.literal('release'), model: modelNameSchema, rolloutId: ulidSchema }),
  /** Brings a candidate into service for its evaluation, which began at `since`; asked again until it is. */
  z.object({
    action: z.literal('host-candidate'),
    model: modelNameSchema,
    version: versionNumberSchema,
    since: z.iso.datetime({ offset: true }),
  }),
  /** Deletes the endpoint of a candidate that was evaluated, unless it serves. */
  z.object({ action: z.literal('release-candidate'), model: modelNameSchema, version: versionNumberSchema }),
  /** Brings a version into service to which a rollback returns. */
  z.object({ action: z.literal('ensure'), model: modelNameSchema, version: versionNumberSchema }),
  /** Deletes what nobody needs any more. */
  z.object({ action: z.literal('sweep') }),
]);
export type HostTask = z.infer<typeof hostTaskSchema>;

/** How far a version's endpoint is. `none`: it needs no endpoint of ours. `ended`: its rollout or evaluation is over. */
export const hostingSchema = z.discriminatedUnion('hosting', [
  z.object({ hosting: z.literal('none') }),
  z.object({ hosting: z.literal('ready') }),
  z.object({ hosting: z.literal('starting') }),
  z.object({ hosting: z.literal('failed'), reason: z.string() }),
  z.object({ hosting: z.literal('ended') }),
]);
export type HostingProgress = z.infer<typeof hostingSchema>;

/** What everybody may see of a rollout. */
const shown = {
  id: ulidSchema,
  model: modelNameSchema,
  challenger: versionRefSchema,
  /** Absent for a model's first version: there is nothing to compare with. */
  champion: versionRefSchema.optional(),
  approvalId: ulidSchema,
  startedAt: timestampSchema,
  /** Of the policy in force for the challenger when the rollout started; a later policy does not change a running comparison. */
  steps: z.array(rolloutStepSchema).min(1),
  /** Tolerated extra mean loss, absolute, in [0,1]. */
  margin: z.number().min(0).max(1),
  alpha: z.number().gt(0).max(0.5),
  stepDeadline: durationSchema,
  personDeadline: durationSchema,
  /** −1 before the first step. */
  stepIndex: z.number().int().min(-1),
};
const ending = { endedAt: timestampSchema, reason: z.string(), announced: z.boolean() };

const statesOf = <B extends z.ZodRawShape, R extends z.ZodRawShape>(base: B, running: R) =>
  z.discriminatedUnion('status', [
    z.object({
      ...base,
      ...running,
      status: z.literal('RUNNING'),
      /** `asking`: the step's deadline has passed, and a person must say how it goes on. */
      phase: z.enum(['starting', 'step', 'asking']),
      stepEnteredAt: timestampSchema,
    }),
    z.object({ ...base, ...ending, status: z.literal('PROMOTED') }),
    z.object({ ...base, ...ending, status: z.literal('ROLLED_BACK') }),
    z.object({ ...base, ...ending, status: z.literal('ABORTED') }),
    z.object({ ...base, ...ending, status: z.literal('SUPERSEDED') }),
  ]);

export const rolloutSchema = statesOf(
  { ...shown, generation: z.number().int().nonnegative() },
  /** Wakes the execution that waits; never leaves the platform. */
  { taskToken: z.string().optional() },
);
export type Rollout = z.infer<typeof rolloutSchema>;
/** A rollout as callers see it. */
export const rolloutViewSchema = statesOf(shown, {});
export type RolloutView = z.infer<typeof rolloutViewSchema>;
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
