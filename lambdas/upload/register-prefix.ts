import { InvalidInput } from '../kernel/errors';
import { MAX_FILES, type RegisterAnswer, type RegisterRequest } from './contract';
import { pinsOf, sha256 } from './find-upload';
import { type RegisterUploadPorts, registerFound } from './register-upload';

/**
 * Registers all that lies below a prefix, by a known hand, and says what became of it.
 * @throws InvalidInput when nothing lies there
 */
export const registerPrefix = async (
  { model, bucket, prefix, actor }: RegisterRequest,
  ports: RegisterUploadPorts,
): Promise<RegisterAnswer> => {
  const objects = await ports.uploads.list(prefix, MAX_FILES + 1);
  if (objects.length === 0)
    throw new InvalidInput(`nothing lies below s3://${bucket}/${prefix}; upload the model there first`);
  // Unlike a key of the inbox, a prefix may be registered under several names.
  const uploadHash = sha256(JSON.stringify([bucket, model.toLowerCase(), ...pinsOf(objects)]));
  const source = { bucket, key: prefix, id: uploadHash };
  const candidate = { model, source, at: ports.now(), uploadHash, uploader: actor };
  const result = await registerFound({ kind: 'folder', candidate, objects, announced: [] }, ports);
  if (result.outcome === 'waiting') return { outcome: 'waiting', missing: [...result.missing] };
  const { outcome, version } = result;
  if (outcome === 'registered') return { outcome, version };
  const rejection = await ports.registrations.findRejection(model, version);
  if (outcome === 'rejected' && rejection) return { outcome, version, rejection };
  return { outcome: 'known', version, ...(rejection ? { rejection } : {}) };
};
