import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import {
  type ArtifactFile,
  CURVE_DIGESTS,
  type ModelSigning,
  type SigningPolicy,
  sha256Schema,
} from '../../registry/contract';
import { UploadRejected } from './rejected';
import { rootDigest, SIGNATURE_FILE } from './root-digest';

const PREDICATE = 'https://model_signing/signature/v1.0';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A Sigstore bundle, as far as it is read. */
const bundleSchema = z.object({
  mediaType: z.string().startsWith('application/vnd.dev.sigstore.bundle'),
  verificationMaterial: z.object({ publicKey: z.object({ hint: z.string().max(200).default('') }).optional() }),
  dsseEnvelope: z.object({
    payloadType: z.literal(PAYLOAD_TYPE),
    payload: z.base64(),
    signatures: z.array(z.object({ sig: z.base64() })).min(1),
  }),
});
type Bundle = z.infer<typeof bundleSchema>;

/** What was signed. */
const statementSchema = z.object({
  subject: z.array(z.object({ digest: z.object({ sha256: sha256Schema }) })).min(1),
  predicateType: z.literal(PREDICATE),
  predicate: z.object({
    serialization: z.object({ method: z.literal('files'), ignore_paths: z.array(z.string()).default([]) }),
    resources: z.array(z.object({ name: z.string(), digest: sha256Schema, algorithm: z.literal('sha256') })).min(1),
  }),
});
type Statement = z.infer<typeof statementSchema>;

const bad = (what: string): UploadRejected =>
  new UploadRejected('bad-signature', `${SIGNATURE_FILE} ${what}; sign the folder again as it is uploaded`);

const parse = <S extends z.ZodType>(text: string, schema: S, what: string): z.output<S> => {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue === undefined ? 'no JSON' : `${issue.path.join('.')}: ${issue.message}`;
    throw bad(`is no ${what} (${where})`);
  }
};

const isIgnored = (path: string, ignored: readonly string[]): boolean =>
  ignored.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** The signed digests must be those of the files, of all of them, and of nothing else. */
const checkFiles = ({ subject, predicate }: Statement, files: readonly ArtifactFile[]): void => {
  const { resources, serialization } = predicate;
  const byPath = new Map(files.map((file) => [file.path, file.sha256]));
  for (const { name, digest } of resources) {
    const found = byPath.get(name);
    if (found === undefined) throw bad(`signs ${name}, which is not in the upload`);
    if (found !== digest) throw bad(`signs ${name} with the digest ${digest}, but the file has ${found}`);
  }
  const signed = new Set(resources.map(({ name }) => name));
  const unsigned = files.find(
    ({ path }) => path !== SIGNATURE_FILE && !signed.has(path) && !isIgnored(path, serialization.ignore_paths),
  );
  if (unsigned) throw bad(`does not sign ${unsigned.path}`);
  const root = rootDigest(resources.map(({ name, digest }) => ({ path: name, sha256: digest })));
  if (root !== subject[0]?.digest.sha256) throw bad('has a root digest that is not that of the files it signs');
};

/** What DSSE signs: the payload with its type and lengths. */
const signedBytes = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);

/** How model signing names a key: SHA-256 of its PEM. */
const hintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'pem' }))
    .digest('hex');

const isSignedBy = (key: KeyObject, { dsseEnvelope }: Bundle): boolean => {
  const bytes = signedBytes(Buffer.from(dsseEnvelope.payload, 'base64'));
  const digest = CURVE_DIGESTS[key.asymmetricKeyDetails?.namedCurve ?? ''];
  return dsseEnvelope.signatures.some(({ sig }) => verify(digest, bytes, key, Buffer.from(sig, 'base64')));
};

/**
 * Verifies a signature as OpenSSF model signing writes it (a Sigstore bundle of an in-toto statement, signed with a key). Of signatures by
 * certificate, and by keys that the policy does not have, only the digests are checked.
 * @param files of the upload
 * @throws UploadRejected `bad-signature` when it signs something else, or is not by the key that it names
 */
export const verifySignature = (
  text: string,
  files: readonly ArtifactFile[],
  { keys }: SigningPolicy,
): ModelSigning => {
  const bundle = parse(text, bundleSchema, 'Sigstore bundle with a signed statement');
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8');
  checkFiles(parse(payload, statementSchema, 'statement of model signing 1.0'), files);
  const hint = bundle.verificationMaterial.publicKey?.hint ?? '';
  const known = keys.map(({ name, publicKey }) => ({ name, key: createPublicKey(publicKey) }));
  const named = known.filter(({ key }) => hint === '' || hintOf(key) === hint);
  const by = named.find(({ key }) => isSignedBy(key, bundle));
  if (by !== undefined) return { status: 'verified', key: by.name };
  if (hint !== '' && named[0]) throw bad(`names the key ${named[0].name}, which did not make it`);
  return { status: 'unknown-key', hint: hint || 'certificate' };
};
