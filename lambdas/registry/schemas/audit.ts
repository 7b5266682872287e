import * as z from 'zod';
import { actorSchema, modelNameSchema, sha256Schema, timestampSchema, ulidSchema, versionNumberSchema } from './names';

/** Domain events: these leave on the event bus. */
export const domainEventTypeSchema = z.enum([
  'Version Registered',
  'Version Evaluated',
  'Version Rejected',
  'Upload Repeated',
  'Approval Requested',
  'Approval Decided',
  'Rollout Step Changed',
  'Rollout Ended',
  'Champion Changed',
  'Drift Detected',
  'Refresh Requested',
  'Dataset Withdrawn',
  'Model Changed',
  'Model Archived',
  'Version Changed',
  'Alias Changed',
]);
export type DomainEventType = z.infer<typeof domainEventTypeSchema>;

/** Recorded, but of no interest to other systems. */
export const recordOnlyTypeSchema = z.enum([
  'Review Recorded',
  'Rollout Started',
  'Policy Changed',
  'Access Changed',
  'Endpoint Released',
]);

export const auditEventTypeSchema = z.union([domainEventTypeSchema, recordOnlyTypeSchema]);
export type AuditEventType = z.infer<typeof auditEventTypeSchema>;

/** An entry as it is read back: older ones may lack facts that their type has today. */
export const auditEntrySchema = z.object({
  model: modelNameSchema,
  type: auditEventTypeSchema,
  at: timestampSchema,
  actor: actorSchema,
  version: versionNumberSchema.optional(),
  rootDigest: sha256Schema.optional(),
  /** Facts of this type of event; plain JSON. */
  detail: z.record(z.string(), z.json()),
});
export type RecordedEntry = z.infer<typeof auditEntrySchema>;

/** One link of a model's chain. */
export const auditEventSchema = auditEntrySchema.extend({
  schema: z.literal(1),
  id: ulidSchema,
  /** 1, 2, 3… without gaps within a model. */
  sequence: z.number().int().min(1),
  /** Hash of the event before; 64 zeros for the first. */
  previousHash: sha256Schema,
  /** SHA-256 over the canonical JSON of the event without this field. */
  hash: sha256Schema,
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

/** `detail` of a domain event on the bus; `source` is `contender`, `detail-type` the event type. Fields are only ever added. */
export const domainEventSchema = z.object({
  schema: z.literal(1),
  id: ulidSchema,
  time: z.iso.datetime(),
  deployment: z.string(),
  model: modelNameSchema,
  version: versionNumberSchema.optional(),
  rootDigest: sha256Schema.optional(),
  actor: actorSchema,
  auditSequence: z.number().int().min(1),
  data: z.record(z.string(), z.json()),
});
export type DomainEvent = z.infer<typeof domainEventSchema>;
