import * as z from 'zod';

/** Environment of `exports-api`. */
export const exportsApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  ARTIFACT_BUCKET: z.string(),
  DEPLOYMENT: z.string(),
});
