import type { Identity } from '../../access/contract';
import { Forbidden, InvalidInput } from '../../kernel/errors';
import { REQUESTS_PREFIX } from '../contract';

/** Key prefix under which a caller may leave inputs: ids are the identity provider's own, and hold no slash. */
export const requestPrefixOf = ({ id }: Pick<Identity, 'id'>): string => `${REQUESTS_PREFIX}${encodeURIComponent(id)}/`;

/** What the `parameters.input_uri` of a caller's requests begin with. */
export const ownPlaceOf = (bucket: string, caller: Pick<Identity, 'id'>): string =>
  `s3://${bucket}/${requestPrefixOf(caller)}`;

const S3_URI = /^s3:\/\/([^/]+)\/(.+)$/;

/**
 * The key within `bucket` that a `parameters.input_uri` names.
 * @throws InvalidInput for what is no S3 URI
 * @throws Forbidden outside of the caller's own prefix of that bucket
 */
export const inputKeyOf = (uri: string, bucket: string, caller: Pick<Identity, 'id'>): string => {
  const [, named, key] = S3_URI.exec(uri) ?? [];
  const own = ownPlaceOf(bucket, caller);
  if (named === undefined || key === undefined)
    throw new InvalidInput(`parameters.input_uri: "${uri.slice(0, 200)}" is no S3 URI; yours begin with ${own}`);
  if (named === bucket && key.startsWith(requestPrefixOf(caller))) return key;
  throw new Forbidden(`parameters.input_uri: inputs are read from your own prefix alone, ${own}`);
};
