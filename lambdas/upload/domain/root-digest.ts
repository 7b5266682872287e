import { createHash } from 'node:crypto';
import type { ArtifactFile } from '../../registry/contract';

/** A file as a version lists it. */
export const describeFile = (path: string, bytes: Uint8Array): ArtifactFile => ({
  path,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** Where a model's signature lies. It is no part of what it signs. */
export const SIGNATURE_FILE = 'model.sig';

/** Folder by folder, by code point: `a/b` comes before `a.b`. */
const byPath = (a: string, b: string): number => {
  const [ofA, ofB] = [a.split('/'), b.split('/')];
  const at = ofA.findIndex((part, i) => part !== ofB[i]);
  if (at === -1) return ofA.length - ofB.length;
  return Buffer.compare(Buffer.from(ofA[at] ?? ''), Buffer.from(ofB[at] ?? ''));
};

/**
 * Identity of an artifact, as OpenSSF model signing v1.0 takes it: SHA-256 over the raw SHA-256 digests of the files, in the order of their paths. Paths
 * order the digests, they are not hashed themselves. The signature does not count. Oracle: model_signing.
 */
export const rootDigest = (files: readonly Pick<ArtifactFile, 'path' | 'sha256'>[]): string => {
  const hash = createHash('sha256');
  const signed = files.filter(({ path }) => path !== SIGNATURE_FILE);
  for (const file of signed.sort((a, b) => byPath(a.path, b.path))) hash.update(Buffer.from(file.sha256, 'hex'));
  return hash.digest('hex');
};
