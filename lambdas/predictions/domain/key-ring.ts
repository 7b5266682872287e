import { createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { InvalidInput } from '../../kernel/errors';
import type { KeyRingDocument } from '../contract';

export const KEY_TAG_BYTES = 4;
/** 96 random bits: two of 2³⁰ processes under one key share an id with probability 2⁻³⁷. */
export const PROCESS_ID_BYTES = 12;
/** Ids that one subkey may seal: the nonce is a 32-bit counter. */
const MAX_SEALED = 2 ** 32;
const SUBKEY_PURPOSE = 'contender/prediction-id/1';

interface HeldKey {
  readonly id: string;
  readonly material: Buffer;
}

/** What seals ids, each with a nonce of its own. */
export interface Seal {
  readonly tag: string;
  readonly processId: Buffer;
  readonly key: KeyObject;
}

interface Subkey extends Seal {
  /** Nonces given out. */
  used: number;
}

/**
 * Keys that open ids, and the one that seals. Every ring seals with a subkey of its own (HKDF over a random process id), so
 * no two processes, and no two rings in one, ever use the same nonce under the same key.
 */
export class KeyRing {
  private readonly byTag = new Map<string, HeldKey>();
  private readonly currentTag: string;
  private subkey: Subkey | undefined;

  /** @param deployment bound into every id: another deployment's ids do not open, whatever its keys. */
  constructor(
    document: KeyRingDocument,
    readonly deployment: string,
  ) {
    for (const [id, material] of Object.entries(document.keys)) {
      const tag = tagOf(id);
      if (this.byTag.has(tag))
        throw new InvalidInput(`key ids ${id} and ${this.byTag.get(tag)?.id} share a tag; rename`);
      this.byTag.set(tag, { id, material: Buffer.from(material, 'base64') });
    }
    this.currentTag = tagOf(document.current);
  }

  /** The seal in use, and a fresh nonce counter for one id. */
  nextSeal(): { readonly seal: Seal; readonly counter: number } {
    if (this.subkey === undefined || this.subkey.used >= MAX_SEALED) {
      const processId = randomBytes(PROCESS_ID_BYTES);
      const key = this.subkeyFor(this.currentTag, processId)?.key;
      if (key === undefined) throw new InvalidInput('the key ring does not hold its current key');
      this.subkey = { tag: this.currentTag, processId, key, used: 0 };
    }
    return { seal: this.subkey, counter: this.subkey.used++ };
  }

  /** The subkey that sealed an id, or undefined if its key is no longer held. */
  subkeyFor(tag: string, processId: Buffer): { readonly keyId: string; readonly key: KeyObject } | undefined {
    const held = this.byTag.get(tag);
    if (held === undefined) return undefined;
    const subkey = hkdfSync('sha256', held.material, processId, SUBKEY_PURPOSE, 32);
    return { keyId: held.id, key: createSecretKey(Buffer.from(subkey)) };
  }
}

const tagOf = (keyId: string): string =>
  createHash('sha256').update(keyId).digest().subarray(0, KEY_TAG_BYTES).toString('latin1');
