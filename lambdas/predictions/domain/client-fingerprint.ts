import { createHash } from 'node:crypto';

export const CLIENT_FINGERPRINT_BYTES = 8;

interface Caller {
  readonly kind: string;
  readonly id: string;
}

/** A server asks for the same caller with every request. */
const remembered = new WeakMap<Caller, string>();

/**
 * Short name of a caller for prediction ids: 64 bits of SHA-256, in hexadecimal. Ids given out by Cognito cannot be chosen,
 * so finding a second caller with the same fingerprint means breaking 64 bits by signing up.
 */
export const clientFingerprint = (caller: Caller): string => {
  const known = remembered.get(caller);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(`${caller.kind}:${caller.id}`).digest('hex');
  const fingerprint = digest.slice(0, CLIENT_FINGERPRINT_BYTES * 2);
  remembered.set(caller, fingerprint);
  return fingerprint;
};
