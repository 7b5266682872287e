import * as z from 'zod';
import { defaultPolicySchema } from '../registry/contract';

/** Environment of `request-refresh`. */
export const requestRefreshEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  EVIDENCE_TABLE: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
  DEPLOYMENT: z.string(),
});

/** What CloudWatch tells the alarm topic; the part that is read. */
export const alarmNotificationSchema = z.object({
  AlarmName: z.string(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
});
