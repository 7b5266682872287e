import type { KeyRing } from './domain/key-ring';

/** Where the key ring comes from. */
export interface KeyRingSource {
  /** The ring, at most minutes old. @throws NotReady when it has never been read and cannot be now. */
  current(): Promise<KeyRing>;
  /** The ring read anew, at most every few seconds: for an id whose key is not in `current()`. */
  refreshed(): Promise<KeyRing>;
}
