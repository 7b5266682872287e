import * as z from 'zod';
import { modelNameSchema, timestampSchema } from './names';

/** `open`: whoever holds a role may act on the model. `restricted`: only principals with a grant. */
export const accessModeSchema = z.enum(['open', 'restricted']);

export const modelSchema = z.object({
  model: modelNameSchema,
  createdAt: timestampSchema,
  owner: z.string().optional(),
  /** Highest version number given out. */
  latestVersion: z.number().int().nonnegative(),
  access: accessModeSchema,
  /** Number of the policy in force; 0 is the default policy. */
  policyNumber: z.number().int().nonnegative(),
  generation: z.number().int().nonnegative(),
});
export type Model = z.infer<typeof modelSchema>;
