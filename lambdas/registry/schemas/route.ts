import * as z from 'zod';
import { modelNameSchema, timestampSchema, ulidSchema, versionRefSchema } from './names';

const base = {
  model: modelNameSchema,
  /** Grows by one with each write; every write is conditional on it. */
  generation: z.number().int().nonnegative(),
  changedAt: timestampSchema,
  /** The champion before this one, to which a rollback without a running rollout returns. */
  previousChampion: versionRefSchema.optional(),
};

const compared = { ...base, champion: versionRefSchema, challenger: versionRefSchema, rolloutId: ulidSchema };

/** Who answers for a model: the single truth about traffic. */
export const routeSchema = z.discriminatedUnion('mode', [
  z.object({ ...base, mode: z.literal('unserved') }),
  z.object({ ...base, mode: z.literal('champion'), champion: versionRefSchema }),
  z.object({ ...compared, mode: z.literal('shadow') }),
  /** `weight`: share of routing keys that the challenger answers, in (0,1]. */
  z.object({ ...compared, mode: z.literal('canary'), weight: z.number().gt(0).max(1) }),
]);
export type Route = z.infer<typeof routeSchema>;
