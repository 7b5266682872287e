import { createHash } from 'node:crypto';
import type { ArtifactFile } from '../../../registry/contract';

/** A file of the upload with what is in it. */
export interface SignedFile {
  readonly file: ArtifactFile;
  readonly bytes: Uint8Array;
}

/** As node:crypto calls it. */
export type HashName = 'sha256' | 'blake2b512';

/** What has a digest of its own: a file, or a shard of one. */
export interface SignedPart {
  /** As model signing names it. */
  readonly name: string;
  readonly digest: () => string;
}

export interface SignedParts {
  /** As model signing names it. */
  readonly algorithm: string;
  readonly of: (file: SignedFile) => readonly SignedPart[];
}

const digestOf = (hash: HashName, bytes: Uint8Array): string => createHash(hash).update(bytes).digest('hex');

const wholeFile = ({ file, bytes }: SignedFile, hash: HashName): SignedPart[] => [
  { name: file.path, digest: () => (hash === 'sha256' ? file.sha256 : digestOf(hash, bytes)) },
];

/** An empty file has none. */
const shardsOf = ({ file, bytes }: SignedFile, hash: HashName, size: number): SignedPart[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => {
    const [start, end] = [at * size, Math.min((at + 1) * size, bytes.length)];
    return { name: `${file.path}:${start}:${end}`, digest: () => digestOf(hash, bytes.subarray(start, end)) };
  });

/**
 * How a signature takes files apart.
 * @param hashType as model signing names the hash
 * @param shardSize bytes; whole files where left out
 */
export const signedPartsOf = (hashType: string, hash: HashName, shardSize?: number): SignedParts =>
  shardSize === undefined
    ? { algorithm: hashType, of: (file) => wholeFile(file, hash) }
    : { algorithm: `${hashType}-sharded-${shardSize}`, of: (file) => shardsOf(file, hash, shardSize) };
