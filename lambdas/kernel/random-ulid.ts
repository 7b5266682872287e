import { randomFillSync } from 'node:crypto';
import { ulid } from 'ulid';

/** Random bytes are drawn in blocks: one call a byte, as the library does, costs more than scoring a small model. */
const pool = Buffer.alloc(4096);
let next = pool.length;

const fraction = (): number => {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  return (pool[next++] ?? 0) / 256;
};

/** A new ULID of that time, in UTC milliseconds. */
export const randomUlid = (at: number): string => ulid(at, fraction);
