import * as z from 'zod';

/** A model's name: unique without regard to case, never reused. */
export const modelNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'a model name is 1 to 63 letters, digits, dots, dashes or underscores, starting with a letter or digit',
  );

/** 1, 2, 3… without gaps within a model. */
export const versionNumberSchema = z.coerce.number().int().min(1).max(9_999_999_999);

/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

export const ulidSchema = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);

/** UTC milliseconds since the epoch. */
export const timestampSchema = z.number().int().nonnegative();

/** Who did something: a person or application by its token's subject, the platform itself, or a hand nobody vouches for. */
export const actorSchema = z.object({
  kind: z.enum(['person', 'application', 'platform', 'unknown']),
  /** Cognito `sub` or client id; the name of the capability for the platform; the AWS principal, if known, otherwise. */
  id: z.string().min(1).max(256),
  name: z.string().max(256).optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/** Names one version of a model and the bytes it stands for. */
export const versionRefSchema = z.object({ version: versionNumberSchema, rootDigest: sha256Schema });
export type VersionRef = z.infer<typeof versionRefSchema>;

/** Parameters of the API's paths. */
export const modelPathSchema = z.object({ model: modelNameSchema });
export const versionPathSchema = modelPathSchema.extend({ version: versionNumberSchema });
export const idPathSchema = z.object({ id: ulidSchema });
