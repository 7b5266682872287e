import { createHash } from 'node:crypto';

export const CLIENT_FINGERPRINT_BYTES = 8;

/**
 * Short name of a caller for prediction ids: 64 bits of SHA-256, in hexadecimal. Ids given out by Cognito cannot be chosen,
 * so finding a second caller with the same fingerprint means breaking 64 bits by signing up.
 */
export const clientFingerprint = (caller: { readonly kind: string; readonly id: string }): string =>
  createHash('sha256')
    .update(`${caller.kind}:${caller.id}`)
    .digest('hex')
    .slice(0, CLIENT_FINGERPRINT_BYTES * 2);
