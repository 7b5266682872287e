import * as z from 'zod';
import { durationSchema, policySchema } from '../lambdas/registry/contract';

const uploadConfigSchema = z.strictObject({
  /** Largest single file of an upload that is read, in bytes. @default 262144000 (250 MB) */
  maxFileBytes: z.number().int().positive().default(262_144_000),
  /** How long a folder may stay incomplete after its last file arrived, before it is rejected; an ISO 8601 duration. @default PT1H */
  incompleteAfter: durationSchema.default('PT1H'),
  /** Days after which what was uploaded is deleted from the upload bucket; the registry keeps its own copy. */
  expireAfterDays: z.number().int().positive().default(30),
});

const evaluationConfigSchema = z.strictObject({
  memoryMb: z.number().int().min(512).max(10_240).default(3008),
  /** Longest time one candidate may run, in seconds. */
  timeoutSeconds: z.number().int().min(10).max(870).default(300),
  /** Puts the evaluation of candidates into isolated subnets, with a gateway endpoint to S3 and no other way out. */
  isolatedNetwork: z.boolean().default(false),
});

const scoringConfigSchema = z.strictObject({
  memoryMb: z.number().int().min(256).max(10_240).default(1769),
  /** How long the champion's answer may wait for a challenger in shadow, in milliseconds. */
  shadowDeadlineMs: z.number().int().min(1).max(5000).default(100),
});

const sagemakerConfigSchema = z.strictObject({
  /** Takes versions with `runtime: sagemaker`, and gives scoring and rollout the rights on SageMaker that these need. */
  enabled: z.boolean().default(false),
  /**
   * Rows of evaluation data about which a model at an endpoint is asked at most; of more a random sample is drawn, the same one for the
   * champion. Reports say so.
   */
  evaluationRows: z.number().int().min(1000).max(200_000).default(50_000),
  /** Longest time that an endpoint may take to come into service before its rollout is aborted, in minutes. */
  startTimeoutMinutes: z.number().int().min(5).max(180).default(45),
  /** How long the endpoint of a former champion is kept after it was replaced, so that a rollback finds it, in hours. */
  keepFormerChampionHours: z.number().int().min(0).max(8760).default(24),
  /** ARNs of the ECR repositories whose images may host models. @default every repository of the account and region */
  repositories: z
    .array(z.string().regex(/^arn:[a-z-]+:ecr:/, 'ARNs of ECR repositories'))
    .min(1)
    .optional(),
});

/**
 * Object Lock with a default retention. GOVERNANCE: nobody without `s3:BypassGovernanceRetention` can delete before the days are over. COMPLIANCE: nobody at
 * all, the account's root included.
 */
const lockConfigSchema = z.strictObject({
  mode: z.enum(['GOVERNANCE', 'COMPLIANCE']).default('GOVERNANCE'),
  days: z.number().int().min(1).max(36_500).default(3650),
});
export type LockConfig = z.output<typeof lockConfigSchema>;

const auditConfigSchema = z.strictObject({
  /** How copies of audit events are locked. */
  lock: lockConfigSchema.prefault({}),
  /**
   * Who alone may change how vault and audit table themselves are set up: their policies, locks, life cycles and streams. ARNs of roles or users, `*` for any part.
   * Whoever deploys must be among them (with bootstrap roles `arn:aws:iam::<account>:role/cdk-*-cfn-exec-role-*`), or the next deployment fails.
   * @default whoever has the right by IAM
   */
  administrators: z
    .array(z.string().regex(/^arn:[a-z-]+:(iam|sts)::/, 'ARNs of roles or users'))
    .min(1)
    .optional(),
});

const artifactsConfigSchema = z.strictObject({
  /**
   * Locks versions and reports beyond the bucket's policy, which refuses to change or delete versions in any case. To be chosen before the first deployment.
   * @default not locked
   */
  lock: lockConfigSchema.optional(),
});

/** Environment variables of a function hold 4 KB together; the others of ours are under 1 KB. */
const MAX_DEFAULT_POLICY_BYTES = 3000;

/** Everything that a deployment of Contender can choose. Unknown keys are refused, so that a typing error is found at synth. */
export const configSchema = z.strictObject({
  /** Name of this deployment within its account and region; part of resource names and metric namespaces. */
  deployment: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,23}$/, 'lower-case letters, digits and dashes, at most 24, starting with a letter')
    .default('contender'),
  /** What happens to tables and buckets when the stacks are deleted. */
  removal: z.enum(['retain', 'destroy']).default('retain'),
  /** Refuses the deletion of tables and of the user pool. */
  deletionProtection: z.boolean().default(true),
  /** Buckets and topics refuse requests that are not sent over TLS. */
  enforceTls: z.boolean().default(true),
  /** Whose credentials `cdk deploy` publishes with: the roles that `cdk bootstrap` made, or the caller's own. */
  credentials: z.enum(['bootstrap-roles', 'cli']).default('bootstrap-roles'),
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
  /** Metric namespace; `{deployment}` and `{model}` are filled in. With `{model}` IAM can tell models apart. */
  metricNamespace: z
    .string()
    .regex(/^[A-Za-z0-9._/#{}-]{1,200}$/)
    .default('Contender/{deployment}'),
  /** Whether a new model is open to everybody with a role, or restricted to its grants from the start. */
  newModels: z.enum(['open', 'restricted']).default('open'),
  /** Address that the alarm topic sends to; confirm the message that AWS sends there. */
  alarmEmail: z.email().optional(),
  /** Overrides of the default policy, for every model without a policy of its own. */
  policy: policySchema
    .prefault({})
    .refine(
      (policy) => Buffer.byteLength(JSON.stringify(policy)) <= MAX_DEFAULT_POLICY_BYTES,
      `over ${MAX_DEFAULT_POLICY_BYTES} bytes as JSON, more than functions carry; give models policies of their own (contender policy <model> --set), above all trusted roots and long chains of certificates`,
    ),
  artifacts: artifactsConfigSchema.prefault({}),
  audit: auditConfigSchema.prefault({}),
  upload: uploadConfigSchema.prefault({}),
  evaluation: evaluationConfigSchema.prefault({}),
  scoring: scoringConfigSchema.prefault({}),
  sagemaker: sagemakerConfigSchema.prefault({}),
  /** How long logs of functions are kept, in days. */
  logRetentionDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]).default(90),
});
export type ContenderConfig = z.output<typeof configSchema>;
export type ContenderConfigInput = z.input<typeof configSchema>;

/**
 * The config with its defaults filled in.
 * @throws Error that names each key that is wrong, and what it should be.
 */
export const parseConfig = (input: unknown, where: string): ContenderConfig => {
  const parsed = configSchema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new Error(`Contender's config (${where}) is not as it should be:\n${faults.join('\n')}`);
};
