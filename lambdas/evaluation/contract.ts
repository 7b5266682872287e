import * as z from 'zod';
import { defaultPolicySchema, modelNameSchema, versionNumberSchema } from '../registry/contract';

export * from './schemas/baseline';
export * from './schemas/comparison';
export * from './schemas/groups';
export * from './schemas/report';
export * from './schemas/sandbox';

/** Environment of `evaluate-version`. */
export const evaluateVersionEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  ARTIFACT_BUCKET: z.string(),
  DEFAULT_POLICY: defaultPolicySchema,
  /** Name of the function that runs candidates. */
  SANDBOX_FUNCTION: z.string(),
  /** Name of the function that runs candidates at endpoints; empty in a deployment without SageMaker. */
  HOSTED_FUNCTION: z.string(),
  /** Timeout of each of them, in seconds. */
  SANDBOX_TIMEOUT_SECONDS: z.coerce.number().int().positive(),
  /** Most rows that an endpoint is asked about. */
  HOSTED_ROWS: z.coerce.number().int().positive(),
});

/** Environment of `run-candidate`. */
export const runCandidateEnvSchema = z.object({
  /** Memory of the function, in MB. */
  MEMORY_MB: z.coerce.number().int().min(512),
  /** Memory of the function that would serve the version, in MB: latency is judged for it. */
  SCORER_MEMORY_MB: z.coerce.number().int().min(128),
  /** Longest time that one version may run, in seconds. */
  CANDIDATE_TIMEOUT_SECONDS: z.coerce.number().int().positive(),
  /** Largest file that is read, in bytes. */
  MAX_FILE_BYTES: z.coerce.number().int().positive(),
});

/** Environment of `run-hosted-candidate`. */
export const runHostedCandidateEnvSchema = runCandidateEnvSchema.omit({
  MEMORY_MB: true,
  SCORER_MEMORY_MB: true,
});

/** Event of `evaluate-version`, as the approval state machine sends it. */
export const evaluateVersionEventSchema = z.object({
  model: modelNameSchema,
  version: versionNumberSchema,
  /** Where the candidate's container is, as `host-endpoint` tells it; absent in a deployment without SageMaker. */
  hosting: z
    .object({ hosting: z.enum(['none', 'ready', 'starting', 'failed', 'ended']), reason: z.string().optional() })
    .optional(),
});
export type EvaluateVersionEvent = z.infer<typeof evaluateVersionEventSchema>;

/** Its answer: outcomes are data, on which the state machine branches. */
export const evaluateVersionResultSchema = z.object({
  status: z.enum(['EVALUATED', 'REJECTED']),
  model: modelNameSchema,
  version: versionNumberSchema,
});
export type EvaluateVersionResult = z.infer<typeof evaluateVersionResultSchema>;

/** Most rows of evaluation data that one evaluation takes. */
export const MAX_EVALUATION_ROWS = 1_000_000;

/** Folder of the artifact bucket that holds the reports. */
export const REPORT_PREFIX = 'evaluations/';

/** Folder of the background samples: data of people, which reviewers have no need to read. */
export const BACKGROUND_PREFIX = 'backgrounds/';

/** Key of a version's background sample in the artifact bucket: by its own digest, so that runs which draw others leave it alone. */
export const backgroundKeyOf = (model: string, version: number, rootDigest: string, sha256: string): string =>
  `${BACKGROUND_PREFIX}${model}/${version}-${rootDigest}/${sha256}.json`;

/** Key of a version's report in the artifact bucket. */
export const reportKeyOf = (model: string, version: number, rootDigest: string): string =>
  `${REPORT_PREFIX}${model}/${version}-${rootDigest}.json`;
