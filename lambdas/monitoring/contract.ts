import * as z from 'zod';
import { storedNumber } from '../kernel/stored-number';
import {
  defaultPolicySchema,
  modelNameSchema,
  timestampSchema,
  ulidSchema,
  versionNumberSchema,
} from '../registry/contract';
import { detectorStateSchema } from './domain/e-detector';
import { armStateSchema } from './domain/group-comparison';
import { learningSchema } from './domain/learn-baseline';
import { pairedStateSchema } from './domain/paired-comparison';
import { windowSchema } from './domain/window';

const registryEnv = { REGISTRY_TABLE: z.string(), AUDIT_TABLE: z.string(), DEFAULT_POLICY: defaultPolicySchema };

/** Environment of `accept-outcomes`. */
export const acceptOutcomesEnvSchema = z.object({
  ...registryEnv,
  EVIDENCE_TABLE: z.string(),
  PREDICTION_KEYS_SECRET: z.string(),
  DEPLOYMENT: z.string(),
  OUTCOME_QUEUE_URL: z.string(),
});

/** Environment of `process-outcomes`. */
export const processOutcomesEnvSchema = z.object({ ...registryEnv, EVIDENCE_TABLE: z.string() });

/** Environment of `watch-champions`: `METRIC_NAMESPACE` is a pattern with `{deployment}` and `{model}`. */
export const watchChampionsEnvSchema = z.object({
  ...registryEnv,
  EVIDENCE_TABLE: z.string(),
  DEPLOYMENT: z.string(),
  METRIC_NAMESPACE: z.string(),
  ALARM_TOPIC: z.string(),
});

/** Most outcomes of one request. */
export const MAX_OUTCOMES = 1000;

const instantSchema = z.union([
  timestampSchema,
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);

/** Body of `POST /api/v1/models/{model}/outcomes`. */
export const outcomesSchema = z.strictObject({
  outcomes: z
    .array(
      z.strictObject({
        predictionId: z.string().min(1).max(1024),
        /** Name of a class, or a number. */
        truth: z.union([z.string(), storedNumber(), z.boolean()]),
        /** When the truth was seen; UTC milliseconds or ISO 8601, not in the future. @default the moment it arrives */
        observedAt: instantSchema.optional(),
        /** Orders corrections seen at the same moment. */
        revision: z.number().int().nonnegative().default(0),
        /** What the decision turned out to be worth, instead of the model's table. */
        value: storedNumber().optional(),
      }),
    )
    .min(1)
    .max(MAX_OUTCOMES),
});

const predictionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('class'), index: z.number().int().nonnegative() }),
  z.object({ kind: z.literal('value'), value: z.number() }),
]);
const scoredSchema = z.object({ prediction: predictionSchema, score: z.number().optional() });

/** An outcome with what its prediction id said, ready to be weighed. */
export const outcomeMessageSchema = z.object({
  /** `<request ULID>#<row>`: one row of one request. */
  key: z.string(),
  at: timestampSchema,
  role: z.enum(['champion', 'challenger', 'champion-fallback']),
  ...scoredSchema.shape,
  rolloutId: ulidSchema.optional(),
  bucket: z.number().int(),
  propensity: z.number(),
  shadow: z
    .discriminatedUnion('status', [
      z.object({ status: z.literal('scored'), version: versionNumberSchema, scored: scoredSchema }),
      z.object({ status: z.literal('unpaired'), version: versionNumberSchema }),
      z.object({ status: z.literal('lost'), version: versionNumberSchema }),
    ])
    .optional(),
  /** Index of the true class, or the true number. */
  truth: z.number(),
  observedAt: timestampSchema,
  revision: z.number().int(),
  value: z.number().optional(),
});
export type OutcomeMessage = z.infer<typeof outcomeMessageSchema>;

/** One message of the queue: outcomes of one version, few enough for one transaction. */
export const outcomeBatchSchema = z.object({
  model: modelNameSchema,
  version: versionNumberSchema,
  outcomes: z.array(outcomeMessageSchema).min(1),
});
export type OutcomeBatch = z.infer<typeof outcomeBatchSchema>;
export const OUTCOMES_PER_MESSAGE = 80;

/** Sort keys of a model's evidence. */
export const EVIDENCE_SK = {
  version: (version: number) => `VERSION#${String(version).padStart(10, '0')}`,
  pairs: (rolloutId: string) => `ROLLOUT#${rolloutId}#PAIRS`,
  /** `weight`: the challenger's share in that step. */
  arm: (rolloutId: string, weight: number, role: 'champion' | 'challenger') =>
    `ROLLOUT#${rolloutId}#ARM#${weight.toFixed(4)}#${role}`,
} as const;

const evidenceItem = { model: modelNameSchema, generation: z.number().int().nonnegative() };

/** What outcomes say about one version. */
export const versionEvidenceSchema = z.object({
  ...evidenceItem,
  version: versionNumberSchema,
  window: windowSchema,
  /** Absent until there is a baseline. */
  detector: detectorStateSchema.optional(),
  /** While the baseline is smaller than it should be: the version's first mature outcomes are added to it. */
  learning: learningSchema.optional(),
  /** Since when the detector is over its threshold. */
  driftSince: timestampSchema.optional(),
});
export type VersionEvidence = z.infer<typeof versionEvidenceSchema>;

export const pairsItemSchema = z.object({ ...evidenceItem, state: pairedStateSchema, unpaired: z.number().int() });
export type PairsItem = z.infer<typeof pairsItemSchema>;

export const armItemSchema = z.object({ ...evidenceItem, state: armStateSchema });
export type ArmItem = z.infer<typeof armItemSchema>;

/** An outcome on record. */
export const outcomeItemSchema = z.object({
  truth: z.number(),
  observedAt: timestampSchema,
  revision: z.number().int(),
  value: z.number().optional(),
});
export type OutcomeItem = z.infer<typeof outcomeItemSchema>;

/** Namespace of a model's metrics. `all` stands in for metrics of the deployment as a whole. */
export const metricNamespace = (pattern: string, deployment: string, model = 'all'): string =>
  pattern.replaceAll('{deployment}', deployment).replaceAll('{model}', model);

/** Metrics that alarms watch have names of their own. */
export const METRICS = {
  driftEvidence: 'ChampionAccuracyDriftEvidence',
  driftThreshold: 'ChampionAccuracyDriftThreshold',
  drifted: 'DriftedChampions',
} as const;

const ALARM_MARK = '-accuracy-drift-';
/** Name of a champion's alarm, and the model that such a name speaks of. */
export const driftAlarmName = (deployment: string, model: string): string =>
  `contender-${deployment}${ALARM_MARK}${model}`;
export const driftAlarmPrefix = (deployment: string): string => `contender-${deployment}${ALARM_MARK}`;
export const modelOfDriftAlarm = (deployment: string, alarm: string): string | undefined =>
  alarm.startsWith(driftAlarmPrefix(deployment)) ? alarm.slice(driftAlarmPrefix(deployment).length) : undefined;
