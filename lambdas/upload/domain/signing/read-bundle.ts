import { type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import { bad, parseAs } from './bad-signature';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Far above the signature of 64 files; of shards there may be more than that takes. */
const MAX_BYTES = 4_194_304;

type Given = Readonly<Record<'publicKey' | 'x509CertificateChain' | 'certificate', unknown>>;

/** With two, one reader of the bundle might judge the one, and another the other. */
const namesOneSigner = ({ publicKey, x509CertificateChain, certificate }: Partial<Given>): boolean =>
  [publicKey, x509CertificateChain, certificate].filter((each) => each !== undefined).length <= 1;

const certificateSchema = z.object({ rawBytes: z.base64().min(1).max(20_000) });

/** A Sigstore bundle, as far as it is read here. */
const bundleSchema = z.object({
  mediaType: z.string().startsWith('application/vnd.dev.sigstore.bundle'),
  verificationMaterial: z
    .object({
      publicKey: z.object({ hint: z.string().max(200).default('') }).optional(),
      x509CertificateChain: z.object({ certificates: z.array(certificateSchema).min(1).max(10) }).optional(),
      certificate: certificateSchema.optional(),
      tlogEntries: z.array(z.unknown()).max(10).default([]),
      timestampVerificationData: z
        .object({ rfc3161Timestamps: z.array(z.unknown()).max(10).default([]) })
        .default({ rfc3161Timestamps: [] }),
    })
    .refine(namesOneSigner, 'a key, a certificate or a chain of them, and only one of these'),
  messageSignature: z.never('a statement in dsseEnvelope, and no message beside it').optional(),
  dsseEnvelope: z.object({
    payloadType: z.literal(PAYLOAD_TYPE),
    payload: z.base64(),
    signatures: z
      .array(z.object({ sig: z.base64().max(4000) }))
      .length(1, 'exactly one signature; who else signs, signs a version of their own'),
  }),
});

/** By what a signature says who made it. `sigstore`: a short-lived certificate, with evidence of when it was used. */
export type Material =
  | { readonly kind: 'key'; readonly hint: string }
  | { readonly kind: 'certificates'; readonly leaf: Buffer; readonly offered: readonly Buffer[] }
  | { readonly kind: 'sigstore'; readonly leaf: Buffer };

export interface SignedBundle {
  readonly material: Material;
  /** What was signed, not verified yet. */
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The whole bundle, as it came: JSON. */
  readonly text: string;
}

const der = ({ rawBytes }: { readonly rawBytes: string }): Buffer => Buffer.from(rawBytes, 'base64');

const materialOf = (material: z.output<typeof bundleSchema>['verificationMaterial']): Material => {
  const { publicKey, x509CertificateChain, certificate, tlogEntries, timestampVerificationData } = material;
  if (certificate) return { kind: 'sigstore', leaf: der(certificate) };
  const [leaf, ...offered] = x509CertificateChain?.certificates.map(der) ?? [];
  if (leaf === undefined) return { kind: 'key', hint: publicKey?.hint ?? '' };
  // model_signing writes chains without either; Sigstore's older bundles have chains too.
  const isTimed = tlogEntries.length + timestampVerificationData.rfc3161Timestamps.length > 0;
  return isTimed ? { kind: 'sigstore', leaf } : { kind: 'certificates', leaf, offered };
};

/** @throws UploadRejected `bad-signature` when it is no Sigstore bundle with one signed statement */
export const readBundle = (text: string): SignedBundle => {
  if (text.length > MAX_BYTES)
    throw bad(`has ${text.length} characters, over the limit of ${MAX_BYTES}`, 'sign by files, not by small shards');
  const { verificationMaterial, dsseEnvelope } = parseAs(text, bundleSchema, 'Sigstore bundle with a signed statement');
  return {
    material: materialOf(verificationMaterial),
    payload: Buffer.from(dsseEnvelope.payload, 'base64'),
    signature: Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'),
    text,
  };
};

/** Whether the key made the signature, over what DSSE signs: the payload with its type and lengths. */
export const isSignedBy = (key: KeyObject, digest: string, { payload, signature }: SignedBundle): boolean => {
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `;
  return verify(digest, Buffer.concat([Buffer.from(head), payload]), key, signature);
};
