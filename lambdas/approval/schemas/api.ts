import * as z from 'zod';
import { evaluationReportSchema } from '../../evaluation/contract';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { idPathSchema } from '../../registry/contract';
import { approvalViewSchema, decisionSchema } from '../contract';

/** An approval with all that a reviewer should see. */
export const reviewedApprovalSchema = approvalViewSchema.and(
  z.object({
    /** What reviewers should not overlook. */
    warnings: z.array(z.string()),
    /** Null while there is none. */
    report: evaluationReportSchema.nullable(),
  }),
);

/** What approval answers at. */
export const APPROVAL_API = declareApi({
  listApprovals: {
    method: 'GET',
    path: '/api/v1/approvals',
    summary: 'Approvals that wait for a decision',
    query: pageQuerySchema,
    answer: pageOf(approvalViewSchema),
  },
  readApproval: {
    method: 'GET',
    path: '/api/v1/approvals/{id}',
    summary: 'An approval, its warnings and the evaluation report',
    params: idPathSchema,
    answer: reviewedApprovalSchema,
  },
  decideApproval: {
    method: 'POST',
    path: '/api/v1/approvals/{id}/decisions',
    summary: 'Approves or rejects a version, never one’s own upload',
    params: idPathSchema,
    body: decisionSchema,
    answer: approvalViewSchema,
    refusals: ['conflict'],
  },
});
