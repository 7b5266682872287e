import type { Identity } from '../access/contract';
import { ARTIFACTS_PREFIX } from '../upload/contract';
import { Refusal } from './domain/refusal';

/** Where callers leave artifacts: each has a place of its own in the upload bucket. */
export class Places {
  constructor(readonly bucket: string) {}

  /** Prefix of the caller's place, with a trailing slash. */
  prefixFor({ kind, id }: Identity): string {
    return `${ARTIFACTS_PREFIX}${kind === 'person' ? 'user' : 'client'}-${id}/`;
  }

  uriFor(identity: Identity): string {
    return `s3://${this.bucket}/${this.prefixFor(identity)}`;
  }

  /** The prefix that a URI names, with a trailing slash. @throws Refusal when it is not within the caller's own place */
  ownPrefix(uri: string, identity: Identity): string {
    const own = this.uriFor(identity);
    const path = uri.slice(own.length);
    if (!uri.startsWith(own) || path === '' || path.split('/').some((part) => part === '..' || part === '.'))
      throw new Refusal(
        'INVALID_PARAMETER_VALUE',
        `the source ${uri} cannot be registered: a model is registered from the caller's own place, ${own}…, where the client logs it (runs:/ and models:/m-… lead there)`,
      );
    return `${this.prefixFor(identity)}${path.replace(/\/+$/, '')}/`;
  }
}
