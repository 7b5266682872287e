import { createHash } from 'node:crypto';
import { ulid } from 'ulid';

/**
 * The ULID of a thing that must be made once however often its maker runs: its time is given, and what is random in other
 * ULIDs comes from a hash of what the thing is made from.
 */
export const derivedUlid = (at: number, ...from: readonly (string | number)[]): string => {
  const bytes = createHash('sha256').update(JSON.stringify(from)).digest();
  let next = 0;
  return ulid(at, () => (bytes[next++ % bytes.length] ?? 0) / 256);
};
