import * as z from 'zod';
import { policySchema } from './policy';

/** Policy of models without one of their own, as JSON in the environment. */
export const defaultPolicySchema = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(policySchema);

/** Environment of `registry-api`. */
export const registryApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
  NEW_MODELS: z.enum(['open', 'restricted']),
});

/** Environment of `lineage-api`. */
export const lineageApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  PREDICTION_KEYS_SECRET: z.string(),
  DEPLOYMENT: z.string(),
});

/** Environment of `flag-affected`. */
export const flagAffectedEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  DEPLOYMENT: z.string(),
  /** Topic on which owners are told. */
  NOTICE_TOPIC: z.string(),
});

/** Environment of `publish-events`. */
export const publishEventsEnvSchema = z.object({
  DEPLOYMENT: z.string(),
  EVENT_BUS: z.string(),
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
});
