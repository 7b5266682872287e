import { createPublicKey } from 'node:crypto';
import * as z from 'zod';
import { certificateOf, isSelfSigned } from './pem-certificates';

/** Millisecond-exact or not, as protobuf writes a time. */
const momentSchema = z.iso.datetime({ offset: true });
const validForSchema = z.object({ start: momentSchema.optional(), end: momentSchema.optional() });
const bytesSchema = z.base64().min(1).max(8000);
const nameSchema = z.string().max(300);

const isKey = (rawBytes: string): boolean =>
  (['spki', 'pkcs1'] as const).some((type) => {
    try {
      return createPublicKey({ key: Buffer.from(rawBytes, 'base64'), format: 'der', type }) !== undefined;
    } catch {
      return false;
    }
  });

const logSchema = z.object({
  baseUrl: z.string().max(1000),
  hashAlgorithm: nameSchema,
  publicKey: z.object({
    rawBytes: bytesSchema.refine(isKey, 'a public key, DER in base64; copy trusted_root.json as it is'),
    keyDetails: nameSchema,
    validFor: validForSchema.optional(),
  }),
  logId: z.object({ keyId: bytesSchema }),
  checkpointKeyId: z.object({ keyId: bytesSchema }).optional(),
  operator: nameSchema.optional(),
});

const authoritySchema = z.object({
  subject: z.object({ organization: nameSchema.optional(), commonName: nameSchema.optional() }).optional(),
  uri: z.string().max(1000).optional(),
  certChain: z.object({
    certificates: z
      .array(
        z.object({
          rawBytes: bytesSchema.refine(
            (bytes) => certificateOf(bytes) !== undefined,
            'a certificate, DER in base64; copy trusted_root.json as it is',
          ),
        }),
      )
      .min(1)
      .max(10)
      .refine((chain) => {
        const root = certificateOf(chain.at(-1)?.rawBytes ?? '');
        return root === undefined || isSelfSigned(root);
      }, 'the chain must end in its self-signed root; add it'),
  }),
  validFor: validForSchema.optional(),
  operator: nameSchema.optional(),
});

/** What a Sigstore is trusted by: the content of its `trusted_root.json`. Keys that are not known here are left out. */
export const trustedRootSchema = z
  .object({
    mediaType: z
      .string()
      .regex(
        /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.[1-9]|\.v0\.[1-9]\+json)$/,
        'the media type of a trusted root, such as "application/vnd.dev.sigstore.trustedroot+json;version=0.1"; put the content of trusted_root.json here',
      ),
    /** Transparency logs of signatures (Rekor). Where there are any, a signature must be in one. */
    tlogs: z.array(logSchema).max(20).default([]),
    /** Who certifies signers (Fulcio). */
    certificateAuthorities: z.array(authoritySchema).min(1).max(20),
    /** Logs of certificates. Where there are any, a certificate must be in one. */
    ctlogs: z.array(logSchema).max(20).default([]),
    timestampAuthorities: z.array(authoritySchema).max(20).default([]),
  })
  .refine(({ tlogs, timestampAuthorities }) => tlogs.length + timestampAuthorities.length > 0, {
    path: ['tlogs'],
    error:
      'neither a transparency log nor a timestamp authority: nothing would say when somebody signed; copy trusted_root.json as it is',
  });
export type TrustedRoot = z.infer<typeof trustedRootSchema>;
