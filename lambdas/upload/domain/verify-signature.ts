import { assertNever } from '../../kernel/assert-never';
import type { ModelSigning, SigningPolicy } from '../../registry/contract';
import { checkStatement, signedPaths } from './signing/check-statement';
import { readBundle } from './signing/read-bundle';
import type { SignedFile } from './signing/signed-parts';
import { verifyByCertificate } from './signing/verify-certificate';
import { verifyByKey } from './signing/verify-key';
import { verifyBySigstore } from './signing/verify-sigstore';

/** What a signature is judged by. */
export interface SignatureContext {
  readonly signing: SigningPolicy;
  /** Paths that the version is made of, which nobody may leave unsigned. */
  readonly read: readonly string[];
  /** When the version is registered; UTC milliseconds. */
  readonly at: number;
}

/** Files that a signature names and that are not there. @throws UploadRejected `bad-signature` for one that cannot be read */
export const lackedBySignature = (text: string, paths: readonly string[]): string[] =>
  signedPaths(readBundle(text).payload).filter((path) => !paths.includes(path));

/**
 * Verifies a signature as OpenSSF model signing writes it: a Sigstore bundle of an in-toto statement, signed with a key, with the key of a
 * certificate, or by an identity of Sigstore.
 * @param files of the upload
 * @throws UploadRejected `bad-signature` when it signs something else, or is not by whom it names
 */
export const verifySignature = async (
  text: string,
  files: readonly SignedFile[],
  { signing, read, at }: SignatureContext,
): Promise<ModelSigning> => {
  const bundle = readBundle(text);
  checkStatement(bundle.payload, files, read);
  const { material } = bundle;
  switch (material.kind) {
    case 'key':
      return verifyByKey(bundle, material.hint, signing.keys);
    case 'certificates':
      return verifyByCertificate(bundle, material, signing.certificates, at);
    case 'sigstore':
      return verifyBySigstore(bundle, material.leaf, signing);
    default:
      return assertNever(material);
  }
};
