import * as z from 'zod';
import {
  actorSchema,
  copiedFromSchema,
  defaultPolicySchema,
  durationSchema,
  modelNameSchema,
  rejectionSchema,
  sha256Schema,
  timestampSchema,
  trainingRunSchema,
  versionNumberSchema,
} from '../registry/contract';

/** Environment of `register-upload` and `expire-uploads`. */
export const registerUploadEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  UPLOAD_BUCKET: z.string(),
  ARTIFACT_BUCKET: z.string(),
  /** Largest file that is read, in bytes. */
  MAX_FILE_BYTES: z.coerce.number().int().positive(),
  /** How long an upload may stay incomplete after its last file arrived, as an ISO 8601 duration. */
  INCOMPLETE_AFTER: durationSchema,
  NEW_MODELS: z.enum(['open', 'restricted']),
  DEFAULT_POLICY: defaultPolicySchema,
  DEPLOYMENT: z.string(),
  /** Whether versions with `runtime: sagemaker` are taken. */
  SAGEMAKER: z.enum(['on', 'off']),
});

/** Environment of `upload-api`. */
export const uploadApiEnvSchema = z.object({
  REGISTRY_TABLE: z.string(),
  AUDIT_TABLE: z.string(),
  UPLOAD_BUCKET: z.string(),
  MAX_FILE_BYTES: z.coerce.number().int().positive(),
});

/** `Object Created` as S3 sends it through EventBridge; the part that is read. */
export const objectCreatedSchema = z.object({
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});

/** Where the artifact bucket has the registry's own copies, by model and root digest. */
export const MODELS_PREFIX = 'models/';

/** Where clients leave what is registered when somebody asks for it, and not because it arrived. */
export const ARTIFACTS_PREFIX = 'mlflow/';

/**
 * Asks `register-upload`, invoked directly, to register all that lies below a prefix of the uploads bucket. Whoever may
 * invoke the function vouches for the actor: it has authenticated and authorized them.
 */
export const registerRequestSchema = z.strictObject({
  model: modelNameSchema,
  bucket: z.string(),
  prefix: z
    .string()
    .max(900)
    .regex(new RegExp(`^${ARTIFACTS_PREFIX}.+/$`), `a prefix below ${ARTIFACTS_PREFIX}, with a slash at its end`),
  actor: actorSchema.extend({ kind: z.enum(['person', 'application']) }),
  /** What trained the model, in the words of whoever asks. */
  run: trainingRunSchema.optional(),
});
export type RegisterRequest = z.infer<typeof registerRequestSchema>;

/** Asks it to register the bytes of one model's version as a version of another. The same hand vouches for the actor. */
export const copyRequestSchema = z.strictObject({
  model: modelNameSchema,
  copyOf: copiedFromSchema,
  actor: registerRequestSchema.shape.actor,
});
export type CopyRequest = z.infer<typeof copyRequestSchema>;

/** What became of it. `known`: these bytes were registered before, and are that version. */
export const registerAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('registered'), version: versionNumberSchema }),
  /** With why, if the version that it is was rejected. */
  z.object({ outcome: z.literal('known'), version: versionNumberSchema, rejection: rejectionSchema.optional() }),
  z.object({ outcome: z.literal('rejected'), version: versionNumberSchema, rejection: rejectionSchema }),
  /** Nothing was recorded: ask again when what is missing is there. */
  z.object({ outcome: z.literal('waiting'), missing: z.array(z.string()).min(1) }),
  /** Nothing was recorded, and asking again as it is will not help. */
  z.object({ outcome: z.literal('refused'), message: z.string() }),
]);
export type RegisterAnswer = z.infer<typeof registerAnswerSchema>;

export const MAX_FILES = 64;

const uploadPathSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9._ -]+(\/[A-Za-z0-9._ -]+)*$/,
    'a path of letters, digits, dots, dashes and underscores, without a leading slash',
  )
  .max(512)
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'a path stays inside the upload');

/** A file that is about to be uploaded; with its digest, nothing else is taken for it. */
export const announcedFileSchema = z.strictObject({
  path: uploadPathSchema,
  /** Bytes. */
  size: z.number().int().nonnegative(),
  sha256: sha256Schema.optional(),
});
export type AnnouncedFile = z.infer<typeof announcedFileSchema>;

/** Body of `POST /api/v1/models/{model}/uploads`. */
export const openSlotSchema = z.strictObject({
  files: z
    .array(announcedFileSchema)
    .min(1)
    .max(MAX_FILES)
    .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, 'each path is announced once'),
});

/** A place that one identity may upload to for a while; what was announced and arrives there is theirs. */
export const slotSchema = z.object({
  slot: z.string(),
  model: modelNameSchema,
  uploader: z.object({ kind: z.enum(['person', 'application']), id: z.string(), name: z.string() }),
  openedAt: timestampSchema,
  expiresAt: timestampSchema,
  /** What the upload consists of; slots of before did not keep it. */
  files: z.array(announcedFileSchema.loose()).optional(),
});
export type Slot = z.infer<typeof slotSchema>;

/** Answer of `GET /api/v1/uploads/{slot}`. */
export const slotStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('WAITING') }),
  z.object({ status: z.literal('REGISTERED'), version: z.number() }),
  z.object({ status: z.literal('DUPLICATE'), version: z.number() }),
  z.object({ status: z.literal('REJECTED'), version: z.number(), rejection: rejectionSchema }),
]);
export type SlotStatus = z.infer<typeof slotStatusSchema>;
