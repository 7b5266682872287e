import { createHash } from 'node:crypto';
import * as z from 'zod';
import { SIGNATURE_FILE } from '../root-digest';
import { bad, parseAs } from './bad-signature';
import { type HashName, type SignedFile, type SignedParts, signedPartsOf } from './signed-parts';

const PREDICATE = 'https://model_signing/signature/v1.0';
const PREDICATE_BEFORE_1 = 'https://model_signing/Digests/v0.1';
/** 64 files have so many shards only when these are tiny. */
const MOST_RESOURCES = 20_000;

const hex = z.string().regex(/^([0-9a-f]{2})+$/i, 'hexadecimal digits');

/** What was signed. Other keys of the predicate are to be ignored, as model signing 1.0 has it. */
const statementSchema = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(z.object({ digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal') }) }))
    .length(1),
  predicateType: z.literal(PREDICATE),
  predicate: z.object({
    serialization: z.object({
      method: z.string(),
      hash_type: z.string().default('sha256'),
      shard_size: z.number().int().positive().optional(),
      ignore_paths: z.array(z.string()).default([]),
    }),
    resources: z
      .array(z.object({ name: z.string(), digest: hex, algorithm: z.string() }))
      .min(1)
      .max(MOST_RESOURCES),
  }),
});
type Predicate = z.infer<typeof statementSchema>['predicate'];

const HASHES: Readonly<Record<string, HashName>> = { sha256: 'sha256', blake2b: 'blake2b512' };

/** How the signed digests were made. */
const partsOf = ({ serialization }: Predicate, files: readonly SignedFile[]): SignedParts => {
  const { method, hash_type, shard_size } = serialization;
  const hash = HASHES[hash_type];
  if (hash === undefined)
    throw bad(`signs digests by ${hash_type}, which are not computed here`, 'sign by sha256, the default, or blake2');
  if (method === 'files') return signedPartsOf(hash_type, hash);
  if (method !== 'shards' || shard_size === undefined)
    throw bad(`signs by the method "${method}", which is not known here`, 'sign by files, the default, or by shards');
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (bytes / shard_size > MOST_RESOURCES)
    throw bad(`signs by shards of ${shard_size} bytes, over ${MOST_RESOURCES} of them`, 'sign by files, the default');
  return signedPartsOf(hash_type, hash, shard_size);
};

const isIgnored = (path: string, ignored: readonly string[]): boolean =>
  ignored.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** What git keeps beside a model, and model_signing leaves out by default. */
const GIT_PATHS = ['.git', '.gitattributes', '.github', '.gitignore'];

/** Files that nothing reads may be left out, as model_signing does; what a version is made of may not. */
const checkUnsigned = (path: string, ignored: readonly string[], read: ReadonlySet<string>): void => {
  if (!isIgnored(path, ignored)) throw bad(`does not sign ${path}`);
  if (!isIgnored(path, GIT_PATHS) || read.has(path))
    throw bad(
      `does not sign ${path} (its ignore_paths leave it out)`,
      'sign the folder again without ignoring it, or upload without it',
    );
};

/** @returns the names of what is signed, each of which is in the upload as it was signed */
const checkSigned = ({ resources }: Predicate, { algorithm, of }: SignedParts, files: readonly SignedFile[]) => {
  const parts = new Map(files.flatMap((file) => of(file).map((part) => [part.name, part])));
  const signed = new Set<string>();
  for (const { name, digest, ...resource } of resources) {
    if (signed.has(name)) throw bad(`names ${name} twice`);
    signed.add(name);
    if (resource.algorithm !== algorithm)
      throw bad(`signs ${name} by ${resource.algorithm}, but says that all is by ${algorithm}`);
    const found = parts.get(name)?.digest();
    if (found === undefined) throw bad(`signs ${name}, which is not in the upload`);
    if (found !== digest.toLowerCase()) throw bad(`signs ${name} with the digest ${digest}, but the file has ${found}`);
  }
  return signed;
};

/** The signed digests must be those of the files, of all of them, and of nothing else. */
const checkFiles = (predicate: Predicate, files: readonly SignedFile[], read: ReadonlySet<string>): void => {
  const parts = partsOf(predicate, files);
  const signed = checkSigned(predicate, parts, files);
  for (const each of files.filter(({ file }) => file.path !== SIGNATURE_FILE)) {
    const { path } = each.file;
    const own = parts.of(each);
    if (own.length === 0)
      throw bad(`signs by shards, of which the empty ${path} has none`, 'sign by files, the default');
    const left = own.filter(({ name }) => !signed.has(name));
    if (left.length === own.length) checkUnsigned(path, predicate.serialization.ignore_paths, read);
    else if (left[0]) throw bad(`does not sign ${left[0].name}`);
  }
};

/** Over the raw digests in the order in which they are listed. */
const rootOf = ({ resources }: Predicate): string => {
  const hash = createHash('sha256');
  for (const { digest } of resources) hash.update(Buffer.from(digest, 'hex'));
  return hash.digest('hex');
};

const statementOf = (payload: Buffer) => {
  const text = payload.toString('utf8');
  if (text.includes(PREDICATE_BEFORE_1))
    throw bad('is by a model_signing before 1.0', 'sign again with model_signing 1.0 or later');
  return parseAs(text, statementSchema, 'statement of model signing 1.0');
};

/** Paths that a statement names, whole or in shards. @throws UploadRejected `bad-signature` */
export const signedPaths = (payload: Buffer): string[] => {
  const { serialization, resources } = statementOf(payload).predicate;
  const paths = resources.map(({ name }) => (serialization.method === 'shards' ? name.replace(/:\d+:\d+$/, '') : name));
  return [...new Set(paths)];
};

/**
 * Checks that a statement of model signing 1.0 says what the upload holds.
 * @param read paths that a version is made of, which nobody may leave unsigned
 * @throws UploadRejected `bad-signature`
 */
export const checkStatement = (payload: Buffer, files: readonly SignedFile[], read: readonly string[]): void => {
  const { subject, predicate } = statementOf(payload);
  checkFiles(predicate, files, new Set(read));
  if (rootOf(predicate) !== subject[0]?.digest.sha256)
    throw bad('has a root digest that is not that of the files it signs');
};
