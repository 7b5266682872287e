import * as z from 'zod';

/** Environment of `describe-api`: it needs to know nothing. */
export const describeApiEnvSchema = z.object({});
