import { createHash } from 'node:crypto';
import type { ArtifactFile } from '../../registry/contract';

/** A file as a version lists it. */
export const describeFile = (path: string, bytes: Uint8Array): ArtifactFile => ({
  path,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/**
 * Identity of an artifact, as OpenSSF model signing v1.0 takes it: SHA-256 over the raw SHA-256 digests of the files, in
 * the order of their paths (by UTF-16 code unit). Paths order the digests, they are not hashed themselves.
 */
export const rootDigest = (files: readonly Pick<ArtifactFile, 'path' | 'sha256'>[]): string => {
  const hash = createHash('sha256');
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(Buffer.from(file.sha256, 'hex'));
  return hash.digest('hex');
};
