import * as z from 'zod';
import { approvalViewSchema, decisionSchema } from '../../approval/contract';
import { reviewedApprovalSchema } from '../../approval/schemas/api';
import { evaluationReportSchema } from '../../evaluation/contract';
import { problemSchema } from '../../kernel/contract';
import { outcomesSchema } from '../../monitoring/contract';
import { shownEvidenceSchema } from '../../monitoring/schemas/api';
import * as registry from '../../registry/contract';
import {
  describedVersionSchema,
  lineageSchema,
  listedModelSchema,
  servedModelSchema,
  versionSummarySchema,
} from '../../registry/schemas/api';
import { rolloutCommandSchema, rolloutViewSchema } from '../../rollout/contract';
import { stepEvidenceSchema } from '../../rollout/domain/evidence';
import { judgedRolloutSchema } from '../../rollout/schemas/api';
import { inferenceRequestSchema } from '../../scoring/domain/decode-request';
import * as scoring from '../../scoring/schemas/protocol';
import { openSlotSchema, slotStatusSchema } from '../../upload/contract';
import { openedSlotSchema } from '../../upload/schemas/api';

/** Schemas that the document shares by name, so that generated clients have types to speak of. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Actor: registry.actorSchema,
  Approval: approvalViewSchema,
  ApprovalInReview: reviewedApprovalSchema,
  AuditEvent: registry.auditEventSchema,
  Column: registry.columnSchema,
  Decision: decisionSchema,
  Evidence: shownEvidenceSchema,
  EvaluationReport: evaluationReportSchema,
  EvaluationSummary: registry.evaluationSummarySchema,
  InferenceAnswer: scoring.inferenceAnswerSchema,
  InferenceError: scoring.inferenceErrorSchema,
  Inference: inferenceRequestSchema,
  Invocation: scoring.invocationSchema,
  InvocationAnswer: scoring.invocationAnswerSchema,
  InvocationError: scoring.invocationErrorSchema,
  Lineage: lineageSchema,
  Manifest: registry.manifestSchema,
  Model: servedModelSchema,
  ModelMetadata: scoring.modelMetadataSchema,
  ModelSummary: listedModelSchema,
  OpenedUpload: openedSlotSchema,
  Outcomes: outcomesSchema,
  Overlay: registry.overlaySchema,
  Policy: registry.policySchema,
  Problem: problemSchema,
  Rejection: registry.rejectionSchema,
  Rollout: rolloutViewSchema,
  RolloutCommand: rolloutCommandSchema,
  RolloutInStep: judgedRolloutSchema,
  RolloutStep: registry.rolloutStepSchema,
  Route: registry.routeSchema,
  Signature: registry.signatureSchema,
  StepEvidence: stepEvidenceSchema,
  Tensor: registry.tensorSchema,
  Upload: openSlotSchema,
  UploadStatus: slotStatusSchema,
  Version: describedVersionSchema,
  VersionRef: registry.versionRefSchema,
  VersionSummary: versionSummarySchema,
};

/** The names, as the conversion to JSON Schema asks for them. */
export const namedSchemas = (): z.core.$ZodRegistry<{ id: string }> => {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });
  return names;
};
