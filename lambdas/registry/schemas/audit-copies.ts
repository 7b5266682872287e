import * as z from 'zod';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { auditEventSchema } from './audit';
import { modelNameSchema, modelPathSchema } from './names';

/** What lies in the vault for one event. */
export const auditCopySchema = z.object({
  sequence: z.number().int().min(1),
  /** As it was first written; null where that cannot be read as an event. */
  event: auditEventSchema.nullable(),
  /** How often it was written: more than once is an attack, for the platform never writes over a copy. */
  writes: z.number().int().min(1),
  /** Whether somebody has deleted it since; the first version is read all the same. */
  deleted: z.boolean(),
});
export type AuditCopy = z.infer<typeof auditCopySchema>;

/** What the vault answers at. */
export const AUDIT_COPIES_API = declareApi({
  listAuditCopies: {
    method: 'GET',
    path: '/api/v1/models/{model}/audit/copies',
    summary: 'Copies of audit events in the vault, the oldest first',
    params: modelPathSchema,
    query: pageQuerySchema,
    answer: pageOf(auditCopySchema),
  },
});

/** Folders of the vault. */
export const COPIES_PREFIX = 'audit/';
/** Images of events that somebody changed or deleted in the table, as the stream told of them. */
export const TAMPERED_PREFIX = 'tampered/';

/** Asks for copies of all events of a model that have none, as after an outage. */
export const copyModelSchema = z.strictObject({ model: modelNameSchema });

/** Environment of `copy-events`. */
export const copyEventsEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  AUDIT_VAULT: z.string(),
  /** Where it tells of events that were changed. */
  DEAD_LETTERS: z.string(),
});

/** Environment of `audit-copies-api`. */
export const auditCopiesApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  AUDIT_VAULT: z.string(),
});
