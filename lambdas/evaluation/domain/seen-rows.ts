import { createHash } from 'node:crypto';
import { placeOf, type Table } from './table';

/** Which rows of a file went by, however they were cut into parts. */
export class SeenRows {
  rows = 0;
  private readonly hash = createHash('sha256');

  add(part: Table): void {
    this.rows += part.rows;
    this.hash.update(Int32Array.from({ length: part.rows }, (_, row) => placeOf(part, row)));
  }

  /** Hexadecimal; to be asked for once. */
  digest(): string {
    return this.hash.digest('hex');
  }
}
