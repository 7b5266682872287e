import * as z from 'zod';
import type { DomainEventType } from './audit';
import { metricsSchema } from './evaluation-summary';
import { datasetSchema, durationSchema, riskSchema, trainingSchema } from './manifest';
import { copiedFromSchema, datasetRefSchema, rejectionSchema, runtimeSchema, versionFlagSchema } from './model-version';
import { sha256Schema, timestampSchema, ulidSchema, versionNumberSchema } from './names';

const count = z.number().int().nonnegative();
const reasonSchema = z.string().describe('Why, in the words of whoever or whatever did it.');
const reportSchema = z
  .object({ key: z.string(), sha256: sha256Schema })
  .describe('Key of the whole evaluation report in the artifact bucket, and the SHA-256 of its bytes.');
const rolloutIdSchema = ulidSchema.describe('The rollout.');
const championSchema = versionNumberSchema.describe(
  'The champion that the challenger meets; absent where there is none.',
);

const verdictSchema = z.enum(['better', 'not-worse', 'worse', 'not-yet']);
const stepEvidenceSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('pairs'),
      verdict: verdictSchema,
      pairs: count,
      meanDifference: z
        .number()
        .describe('Mean of loss(champion) − loss(challenger): above 0 the challenger is better.'),
      eValues: z.object({ better: z.number(), notWorse: z.number(), worse: z.number() }),
    }),
    z.object({
      kind: z.literal('groups'),
      verdict: verdictSchema,
      outcomes: z.object({ champion: z.number(), challenger: z.number() }),
      difference: z.number().describe('Mean loss of the challenger less that of the champion: below 0 it is better.'),
      halfWidth: z.number(),
      reason: z.string().optional(),
    }),
  ])
  .describe('What outcomes said about the challenger.');

const driftSchema = z.object({
  driftSince: timestampSchema.describe('Since when, in UTC milliseconds.'),
  outcomes: count.describe('Outcomes in the window of the champion.'),
  logMix: z.number().optional().describe('ln of the mixed evidence; the alarm rings from `logThreshold` on.'),
  logThreshold: z.number().optional(),
  largestStream: z.string().optional().describe('What has become worse: `overall`, or a class.'),
});

const versionRegisteredSchema = z.object({
  source: z.string().describe('Key of the upload.'),
  files: count,
  runtime: z.enum(runtimeSchema.options.map(({ shape }) => shape.kind.value)),
  lineage: z.object({
    datasets: z.array(datasetSchema.loose()),
    code: trainingSchema.shape.code,
    parent: versionNumberSchema.optional(),
    seed: z.number().int().optional(),
    run: z.string().optional().describe('The run that it was registered from.'),
    fromRun: z
      .array(z.enum(['datasets', 'code']))
      .optional()
      .describe('What the run says, and not contender.yaml.'),
    copiedFrom: copiedFromSchema.optional().describe('The version of another model that it is a copy of.'),
  }),
  flags: z.array(versionFlagSchema).optional().describe('What the version was flagged with at birth.'),
});

const versionRejectedSchema = rejectionSchema.extend({
  source: z.string().optional().describe('Key of the upload, where it was rejected as such.'),
  report: reportSchema.optional(),
  flags: z.array(versionFlagSchema).optional(),
});

const approvalDecidedSchema = z.object({
  approvalId: ulidSchema,
  status: z.enum(['APPROVED', 'REJECTED', 'EXPIRED']),
  decision: z
    .enum(['approve', 'reject'])
    .optional()
    .describe('The review that counted; absent where nobody decided in time.'),
  comment: z.string().optional(),
  approvals: count.optional().describe('Reviews that approve.'),
  required: count.optional().describe('Distinct reviewers who must approve.'),
});

const stepChangedSchema = z.object({
  rolloutId: rolloutIdSchema,
  step: count.describe('The step, from 1.'),
  of: count.optional().describe('How many steps there are.'),
  asking: z.literal(true).optional().describe('The deadline has passed, and an operator must say how it goes on.'),
  mode: z.enum(['shadow', 'canary']).optional(),
  bake: durationSchema.optional(),
  weight: z.number().gt(0).max(1).optional().describe('Share of routing keys that the challenger answers.'),
  minPairs: count.optional(),
  minOutcomes: count.optional(),
  evidence: stepEvidenceSchema.optional(),
});

/** What people wrote about a model or version; what did not change is absent. */
const notesChangedSchema = z.object({
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional().describe('All tags, as they are now.'),
  archivedAt: timestampSchema.optional().describe('Deleted for clients; the record stays.'),
  restored: z.literal(true).optional().describe('Was deleted for clients, and is there again.'),
});

/** `data` of each domain event. Fields are only ever added; what older events lack is optional. */
export const EVENT_DETAILS = {
  'Version Registered': versionRegisteredSchema,
  'Version Evaluated': z.object({
    evidence: z.enum(['labelled', 'none']),
    metrics: metricsSchema,
    report: reportSchema,
  }),
  'Version Rejected': versionRejectedSchema,
  'Upload Repeated': z.object({
    source: z.string().describe('Key of the upload, whose bytes are this version already.'),
  }),
  'Approval Requested': z.object({
    approvalId: ulidSchema,
    required: count,
    tier: riskSchema.optional().describe("The version's tier in its model's policy, where that has tiers."),
    named: z.string().optional().describe('The name in the policy that the version goes by.'),
  }),
  'Approval Decided': approvalDecidedSchema,
  'Rollout Step Changed': stepChangedSchema,
  'Rollout Ended': z.object({
    rolloutId: rolloutIdSchema,
    status: z.enum(['PROMOTED', 'ROLLED_BACK', 'ABORTED', 'SUPERSEDED']),
    reason: reasonSchema,
    champion: championSchema.optional(),
    evidence: stepEvidenceSchema.optional(),
  }),
  'Champion Changed': z.object({
    rolloutId: rolloutIdSchema.optional(),
    replaced: versionNumberSchema.optional().describe('The champion before; absent for the first.'),
    reason: reasonSchema,
    rollback: z.literal(true).optional().describe('An operator returned to a version that served before.'),
    evidence: stepEvidenceSchema.optional(),
  }),
  'Drift Detected': driftSchema.extend({
    alarmed: z.boolean().optional(),
    batches: count.optional(),
    provisional: z.boolean().optional().describe('The baseline has few rows.'),
  }),
  'Refresh Requested': driftSchema.extend({ alarm: z.string(), reason: reasonSchema }),
  'Dataset Withdrawn': z.object({
    dataset: datasetRefSchema,
    reason: reasonSchema,
    status: z.string().describe('Status of the flagged version.'),
    origin: z.boolean().describe('The event that began the withdrawal; one for each.'),
    owner: z.string().optional(),
  }),
  'Model Changed': notesChangedSchema.extend({
    created: z.literal(true).optional().describe('The model was made, without a version.'),
  }),
  'Model Archived': notesChangedSchema,
  'Version Changed': notesChangedSchema.extend({
    source: z.string().optional().describe('Where a client uploaded it.'),
    runId: z.string().optional().describe('The run that made it.'),
    runLink: z.string().optional(),
    modelId: z.string().optional().describe('The logged model that it was.'),
  }),
  'Alias Changed': z.object({
    alias: z.string(),
    version: versionNumberSchema.optional().describe('What it stands for now; absent where it was removed.'),
  }),
} as const satisfies Readonly<Record<DomainEventType, z.ZodObject>>;
