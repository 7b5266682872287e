import { createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { faultOfRoots } from './pem-certificates';
import { trustedRootSchema } from './trusted-root';

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

/** As records and reviewers call it. */
const nameSchema = z.string().min(1).max(64);

/** `*` stands for one or more characters other than `/`, `@` and `,`; three of them at most. */
const identitySchema = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => text.split('*').length <= 4, 'at most three "*"; name the rest in full, or use another entry');

const keyEntrySchema = z.strictObject({
  name: nameSchema,
  /** Elliptic-curve public key (P-256, P-384, P-521) in PEM. */
  publicKey: z
    .string()
    .max(2000)
    .refine(
      isSupported,
      'an elliptic-curve public key in PEM (P-256, P-384 or P-521), as "openssl ec -pubout" writes it',
    ),
});

const certificateEntrySchema = z.strictObject({
  name: nameSchema,
  /** Certificates of the authorities that are trusted to say who signs, in PEM one after the other; a root, or an issuing one alone. */
  roots: z
    .string()
    .max(40_000)
    .superRefine((pem, context) => {
      const message = faultOfRoots(pem);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
  /** Who must have signed: the subject as `openssl x509 -nameopt RFC2253` prints it, or an alternative name. Anybody they certify, where left out. */
  identity: identitySchema.optional(),
});
export type CertificateEntry = z.infer<typeof certificateEntrySchema>;

const identityEntrySchema = z.strictObject({
  name: nameSchema,
  /** E-mail address or URI in the signer's certificate, such as the workflow that signs. */
  identity: identitySchema,
  /** URL of the OpenID provider that vouched for it. */
  issuer: z.url().max(500),
  /** Of the Sigstore that certified it; `signing.trustedRoot` where left out. */
  trustedRoot: trustedRootSchema.optional(),
});
export type IdentityEntry = z.infer<typeof identityEntrySchema>;

/** Whose signatures count for a model. Nothing of it is fetched from anywhere. */
export const signingPolicySchema = z
  .strictObject({
    keys: z.array(keyEntrySchema).max(20).default([]),
    certificates: z.array(certificateEntrySchema).max(20).default([]),
    identities: z.array(identityEntrySchema).max(20).default([]),
    /** For the identities that bring none of their own. */
    trustedRoot: trustedRootSchema.optional(),
  })
  .superRefine(({ identities, trustedRoot }, context) => {
    for (const [at, identity] of identities.entries())
      if (identity.trustedRoot === undefined && trustedRoot === undefined)
        context.addIssue({
          code: 'custom',
          path: ['identities', at, 'trustedRoot'],
          message:
            'no trusted root to verify it by; put the content of the trusted_root.json of your Sigstore here, or in signing.trustedRoot',
        });
  });
export type SigningPolicy = z.infer<typeof signingPolicySchema>;

/** Who signed, as far as the signature tells. */
export const signerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('certificate'),
    /** Distinguished name as RFC 4514 writes it. */
    subject: z.string(),
    /** Alternative names: e-mail addresses, host names, URIs. */
    names: z.array(z.string()),
    issuer: z.string(),
    /** Hexadecimal. */
    serial: z.string(),
    /** Of the certificate. */
    sha256: z.string(),
  }),
  z.object({
    kind: z.literal('identity'),
    /** E-mail address or URI. */
    identity: z.string(),
    /** OpenID provider that vouched for it. */
    issuer: z.string(),
  }),
]);
export type Signer = z.infer<typeof signerSchema>;

/** What `model.sig` of a version says, as far as the policy can tell. */
export const modelSigningSchema = z.discriminatedUnion('status', [
  /** A key, certificate or identity of the policy signed exactly the version's files. */
  z.object({
    status: z.literal('verified'),
    /** Name of that key, certificate or identity in the policy. */
    key: z.string(),
    /** Absent of signatures by a bare key. */
    signer: signerSchema.optional(),
  }),
  /** The signed digests are those of the files; who signed them is nobody whom the policy names. */
  z.object({
    status: z.literal('unknown-key'),
    /** SHA-256 of the key or certificate. */
    hint: z.string(),
    /** As its certificate says. */
    signer: signerSchema.optional(),
    /** Entry of the policy whose roots certify that signer; without it nobody does. */
    vouchedBy: z.string().optional(),
  }),
  z.object({ status: z.literal('unsigned') }),
]);
export type ModelSigning = z.infer<typeof modelSigningSchema>;
