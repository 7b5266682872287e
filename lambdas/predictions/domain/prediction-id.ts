import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Gone, InvalidInput } from '../../kernel/errors';
import { MAX_PREDICTION_ID_LENGTH, type PredictionDraft, type PredictionRecord } from '../contract';
import { KEY_TAG_BYTES, type KeyRing, PROCESS_ID_BYTES, type Seal } from './key-ring';
import { packDraft, unpackDraft } from './pack-draft';

/** First byte of every id: the layout of header and draft. */
const LAYOUT = 1;
const COUNTER_BYTES = 4;
const HEADER_BYTES = 1 + KEY_TAG_BYTES + PROCESS_ID_BYTES + COUNTER_BYTES;
const GCM_TAG_BYTES = 16;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';
const GCM = { authTagLength: GCM_TAG_BYTES };

/** The counter in the nonce's last bytes; the rest may be zero because each process seals with a key of its own. */
const nonceOf = (counter: number): Buffer => {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(counter, NONCE_BYTES - COUNTER_BYTES);
  return nonce;
};

/** Header bytes and the deployment's name: authenticated with every id. */
const boundTo = (header: Buffer, deployment: string): Buffer => Buffer.concat([header, Buffer.from(deployment)]);

/**
 * Seals what an outcome will need into an opaque id: base64url of layout, key tag, process id, counter, sealed draft and tag.
 * @throws InvalidInput if a field is out of its range.
 */
export const mintPredictionId = (draft: PredictionDraft, ring: KeyRing): string => {
  const plain = packDraft(draft);
  const { seal, counter } = ring.nextSeal();
  const bound = boundBy(seal, ring.deployment);
  bound.writeUInt32BE(counter, HEADER_BYTES - COUNTER_BYTES);
  const cipher = createCipheriv(CIPHER, seal.key, nonceOf(counter), GCM);
  cipher.setAAD(bound);
  // GCM is a stream: all bytes come out of update, none of final.
  const sealed = cipher.update(plain);
  cipher.final();
  const tagAt = HEADER_BYTES + sealed.length;
  const id = Buffer.allocUnsafe(tagAt + GCM_TAG_BYTES);
  bound.copy(id, 0, 0, HEADER_BYTES);
  sealed.copy(id, HEADER_BYTES);
  cipher.getAuthTag().copy(id, tagAt);
  return id.toString('base64url');
};

const bounds = new WeakMap<Seal, Buffer>();

/** What ids of one seal are bound to, but for the counter: made once, as only that differs. */
const boundBy = (seal: Seal, deployment: string): Buffer => {
  const known = bounds.get(seal);
  if (known !== undefined) return known;
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = LAYOUT;
  header.write(seal.tag, 1, 'latin1');
  seal.processId.copy(header, 1 + KEY_TAG_BYTES);
  const bound = boundTo(header, deployment);
  bounds.set(seal, bound);
  return bound;
};

const decode = (id: string): Buffer => {
  const bytes = id.length <= MAX_PREDICTION_ID_LENGTH ? Buffer.from(id, 'base64url') : Buffer.alloc(0);
  // Re-encoding catches foreign characters and stray bits, which Buffer.from skips: an id has one spelling.
  if (bytes.length <= HEADER_BYTES + GCM_TAG_BYTES || bytes[0] !== LAYOUT || bytes.toString('base64url') !== id) {
    throw new InvalidInput('this is no prediction id; send the prediction_id of the response unchanged');
  }
  return bytes;
};

/**
 * Opens an id.
 * @throws InvalidInput for anything this deployment did not mint.
 * @throws Gone when the key that sealed it is no longer held.
 */
export const openPredictionId = (id: string, ring: KeyRing): PredictionRecord => {
  const bytes = decode(id);
  const header = bytes.subarray(0, HEADER_BYTES);
  const processId = header.subarray(1 + KEY_TAG_BYTES, 1 + KEY_TAG_BYTES + PROCESS_ID_BYTES);
  const held = ring.subkeyFor(header.toString('latin1', 1, 1 + KEY_TAG_BYTES), processId);
  if (held === undefined) {
    throw new Gone(
      'the key of this prediction id is no longer held: the time in which outcomes are accepted has passed',
    );
  }
  const counter = header.readUInt32BE(HEADER_BYTES - COUNTER_BYTES);
  const decipher = createDecipheriv(CIPHER, held.key, nonceOf(counter), GCM);
  decipher.setAAD(boundTo(header, ring.deployment));
  decipher.setAuthTag(bytes.subarray(-GCM_TAG_BYTES));
  return { keyId: held.keyId, ...unpackDraft(authenticated(decipher, bytes.subarray(HEADER_BYTES, -GCM_TAG_BYTES))) };
};

const authenticated = (decipher: ReturnType<typeof createDecipheriv>, sealed: Buffer): Buffer => {
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch (cause) {
    throw new InvalidInput('this prediction id was altered, or another deployment minted it', { cause });
  }
};
