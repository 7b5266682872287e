import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { CURVE_DIGESTS, type ModelSigning, type SigningPolicy } from '../../../registry/contract';
import { bad } from './bad-signature';
import { isSignedBy, type SignedBundle } from './read-bundle';

/** How model signing names a key: SHA-256 of its PEM. */
const hintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'pem' }))
    .digest('hex');

const digestOf = (key: KeyObject): string => CURVE_DIGESTS[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'sha256';

/** Some signers name keys in words of their own. */
const printable = (hint: string): string => hint.replace(/[^\x20-\x7e]/g, '\ufffd');

/** A signature by a bare key. @throws UploadRejected `bad-signature` when the key that it names did not make it */
export const verifyByKey = (bundle: SignedBundle, hint: string, keys: SigningPolicy['keys']): ModelSigning => {
  const known = keys.map(({ name, publicKey }) => ({ name, key: createPublicKey(publicKey) }));
  const named = known.filter(({ key }) => hint === '' || hintOf(key) === hint);
  const by = named.find(({ key }) => isSignedBy(key, digestOf(key), bundle));
  if (by !== undefined) return { status: 'verified', key: by.name };
  if (hint !== '' && named[0])
    throw bad(`names the key ${named[0].name}, which did not make it`, 'sign the folder again with that key');
  return { status: 'unknown-key', hint: printable(hint) || 'unnamed' };
};
