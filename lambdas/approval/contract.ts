import * as z from 'zod';
import {
  actorSchema,
  defaultPolicySchema,
  modelNameSchema,
  riskSchema,
  sha256Schema,
  timestampSchema,
  ulidSchema,
  versionNumberSchema,
  versionRefSchema,
} from '../registry/contract';

/** Environment of `start-approval`. */
export const startApprovalEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
  APPROVAL_MACHINE: z.string(),
});

/** Environment of `request-approval`, `expire-approval` and `approval-api`. */
export const approvalEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  ARTIFACT_BUCKET: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
});

const reviewSchema = z.object({
  reviewer: actorSchema,
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: timestampSchema,
});

/** What everybody may see of an approval. */
const shown = {
  id: ulidSchema,
  model: modelNameSchema,
  version: versionNumberSchema,
  /** The bytes that are decided on. */
  rootDigest: sha256Schema,
  uploader: actorSchema,
  requestedAt: timestampSchema,
  /** Distinct reviewers who must approve. */
  required: z.number().int().min(1),
  /** As the uploader declares it. */
  risk: riskSchema.optional(),
  /** Of the policy, by which reviewers were counted; absent where it knows no tiers, and of older approvals. */
  tier: riskSchema.optional(),
  /** The name in the policy that the version goes by; absent where it goes by none, and of older approvals. */
  named: z.string().optional(),
  reviews: z.array(reviewSchema),
  /** Who served when the approval was asked for. */
  champion: versionRefSchema.optional(),
};

const statesOf = <S extends z.ZodRawShape>(base: S) =>
  z.discriminatedUnion('status', [
    z.object({ ...base, status: z.literal('PENDING') }),
    z.object({ ...base, status: z.literal('APPROVED'), decidedAt: timestampSchema }),
    z.object({ ...base, status: z.literal('REJECTED'), decidedAt: timestampSchema }),
    z.object({ ...base, status: z.literal('EXPIRED'), expiredAt: timestampSchema }),
  ]);

export const approvalSchema = statesOf({
  ...shown,
  /** Wakes the execution that waits; never leaves the platform. */
  taskToken: z.string(),
  generation: z.number().int().nonnegative(),
});
export type Approval = z.infer<typeof approvalSchema>;

/** An approval as callers see it; `approvals` counts the reviews that approve. */
export const approvalViewSchema = statesOf({ ...shown, approvals: z.number().int().nonnegative() });
export type ApprovalView = z.infer<typeof approvalViewSchema>;

/** Body of `POST /api/v1/approvals/{id}/decisions`. */
export const decisionSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  comment: z.string().trim().min(1, 'say why: the comment goes on record').max(4000),
  /** What the reviewer looked at; a different digest is refused. */
  rootDigest: sha256Schema.optional(),
});
export type Decision = z.infer<typeof decisionSchema>;
