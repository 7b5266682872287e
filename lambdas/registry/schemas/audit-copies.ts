import * as z from 'zod';
import { declareApi, type Page, pageOf, pageQuerySchema } from '../../kernel/contract';
import { auditEventSchema } from './audit';
import { modelNameSchema, modelPathSchema, timestampSchema } from './names';

/** What lies in the vault for one event. */
export const auditCopySchema = z.object({
  sequence: z.number().int().min(1),
  /** As it was first written; null where that cannot be read as an event. */
  event: auditEventSchema.nullable(),
  /** How often it was written: more than once is an attack, for the platform never writes over a copy. */
  writes: z.number().int().min(1),
  /** Whether somebody has deleted it since; the first version is read all the same. */
  deleted: z.boolean(),
  /** When S3 says that it was first written, UTC milliseconds; absent where no version is left. Nobody can choose it. */
  copiedAt: timestampSchema.optional(),
});
export type AuditCopy = z.infer<typeof auditCopySchema>;

/** Keys of the vault that no copy has: the platform makes none. */
const straysSchema = z.array(z.string()).optional();

const copiesPageSchema = pageOf(auditCopySchema).extend({ strays: straysSchema });
export type CopiesPage = Page<AuditCopy> & { readonly strays?: string[] };

const copiedModelSchema = z.object({ model: modelNameSchema });
const copiedModelsPageSchema = pageOf(copiedModelSchema).extend({ strays: straysSchema });
export type CopiedModelsPage = Page<z.infer<typeof copiedModelSchema>> & { readonly strays?: string[] };

/** What the vault answers at. */
export const AUDIT_COPIES_API = declareApi({
  listAuditCopies: {
    method: 'GET',
    path: '/api/v1/models/{model}/audit/copies',
    summary: 'Copies of audit events in the vault, the oldest first',
    params: modelPathSchema,
    query: pageQuerySchema,
    answer: copiesPageSchema,
  },
  listCopiedModels: {
    method: 'GET',
    path: '/api/v1/audit/models',
    summary:
      'Models of which the vault has copies, those that the registry has lost among them; a page may hold fewer than its limit',
    query: pageQuerySchema,
    answer: copiedModelsPageSchema,
  },
});

/** Folders of the vault. */
export const COPIES_PREFIX = 'audit/';
/** Images of events that somebody changed or deleted in the table, as the stream told of them. */
export const TAMPERED_PREFIX = 'tampered/';

/** Asks for what is on record of a model once more, as after an outage: for copies of events that have none, or for domain events. */
export const recordedAgainSchema = z.strictObject({
  model: modelNameSchema,
  /** Events up to this sequence are left out. */
  after: z.number().int().min(0).max(9_999_999_999).default(0),
});

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
