import * as z from 'zod';

/** Who answered: `champion-fallback` is the champion where the challenger was drawn and failed. */
export type PredictionRole = 'champion' | 'challenger' | 'champion-fallback';

/** What a version said about one row: a position in the version's classes, or a number. */
export type Prediction =
  | { readonly kind: 'class'; readonly index: number }
  | { readonly kind: 'value'; readonly value: number };

/**
 * A prediction and the score behind it. The score is the probability of the positive class (two classes), of the
 * predicted class (more), or absent (numbers, which are their own, and labels without probabilities).
 */
export interface Scored {
  readonly prediction: Prediction;
  readonly score?: number | undefined;
}

/** The challenger's part in shadow. `unpaired`: it was not loaded yet; `lost`: late or dead, which counts as loss 1. */
export type ShadowPart = { readonly version: number } & (
  | { readonly status: 'scored'; readonly scored: Scored }
  | { readonly status: 'unpaired' }
  | { readonly status: 'lost' }
);

/** Everything that an outcome needs to know about its prediction. */
export interface PredictionDraft extends Scored {
  readonly model: string;
  readonly version: number;
  readonly role: PredictionRole;
  /** `clientFingerprint` of the caller: outcomes are accepted from the client that got the prediction. */
  readonly client: string;
  /** ULID of the request; its time is the prediction's. */
  readonly requestId: string;
  /** Row within the request, from 0. */
  readonly row: number;
  /** The rollout whose draw chose the answerer; absent without a rollout and for pinned versions. */
  readonly rolloutId?: string | undefined;
  /** The routing key's bucket, 0 to 255, for variances that respect callers. */
  readonly bucket: number;
  /** Codes 0 to 255 of the declared segment columns, in order. */
  readonly segments: readonly number[];
  /** Codes 0 to 255 of the declared protected columns, in order. */
  readonly protected: readonly number[];
  /** Probability with which this version was drawn to answer. */
  readonly propensity: number;
  readonly shadow?: ShadowPart | undefined;
}

/** A draft as it comes back out of its id. Scores and propensity have the precision of float32. */
export interface PredictionRecord extends PredictionDraft {
  /** Id of the key that sealed it. */
  readonly keyId: string;
  /** UTC milliseconds, from the request's ULID. */
  readonly at: number;
}

/** At least 32 bytes in base64; 43 letters and digits, as Secrets Manager generates them, are such bytes too. */
const keySchema = z.string().regex(/^[A-Za-z0-9+/_-]{43,}={0,2}$/, 'a key is at least 32 bytes in base64');
const keyIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const keysSchema = z.record(keyIdSchema, keySchema);

/**
 * The secret's value: `{"current": "<id>", "keys": {"<id>": "<base64>"}}`; `{"current": "<id>", "<id>": "<base64>"}` is the
 * same in the form that Secrets Manager generates.
 */
export const keyRingSchema = z
  .union([
    z.strictObject({ current: keyIdSchema, keys: keysSchema }),
    z
      .object({ current: keyIdSchema })
      .catchall(keySchema)
      .transform(({ current, ...keys }) => ({ current, keys })),
  ])
  .refine((ring) => ring.keys[ring.current] !== undefined, 'the current key is not among the keys');
export type KeyRingDocument = z.infer<typeof keyRingSchema>;

/** Longest prediction id, in characters. */
export const MAX_PREDICTION_ID_LENGTH = 256;
/** Most rows of one request that get prediction ids. */
export const MAX_IDENTIFIED_ROWS = 1000;
