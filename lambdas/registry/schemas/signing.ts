import { createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';

/** Curves that OpenSSF model signing takes, and the digest that goes with each. */
export const CURVE_DIGESTS: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

const keyOf = (pem: string): KeyObject | undefined => {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
};

const isSupported = (pem: string): boolean => {
  const curve = keyOf(pem)?.asymmetricKeyDetails?.namedCurve;
  return pem.includes('PUBLIC KEY') && curve !== undefined && curve in CURVE_DIGESTS;
};

/** Whose signatures count for a model. */
export const signingPolicySchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        /** As records and reviewers call it. */
        name: z.string().min(1).max(64),
        /** Elliptic-curve public key (P-256, P-384, P-521) in PEM. */
        publicKey: z
          .string()
          .max(2000)
          .refine(
            isSupported,
            'an elliptic-curve public key in PEM (P-256, P-384 or P-521), as "openssl ec -pubout" writes it',
          ),
      }),
    )
    .max(20)
    .default([]),
});
export type SigningPolicy = z.infer<typeof signingPolicySchema>;

/** What `model.sig` of a version says, as far as the policy's keys can tell. */
export const modelSigningSchema = z.discriminatedUnion('status', [
  /** A key of the policy signed exactly the version's files. */
  z.object({ status: z.literal('verified'), key: z.string() }),
  /** The signed digests are those of the files; by whom they were signed is not known here. */
  z.object({ status: z.literal('unknown-key'), hint: z.string() }),
  z.object({ status: z.literal('unsigned') }),
]);
export type ModelSigning = z.infer<typeof modelSigningSchema>;
