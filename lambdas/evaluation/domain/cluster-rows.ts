import { hash } from 'node:crypto';
import type { Clustering } from '../contract';
import { joinFloats } from './join-arrays';
import type { Clusters } from './metrics/clusters';
import { type Table, type TableColumn, textAt } from './table';

/** Keys of values seen lately, so that rows of one cluster in a row cost one hash. */
const MAX_KNOWN = 10_000;

/** 53 bits of a hash: of a million different values two share one with a probability of 6·10⁻⁵. */
const keyOf = (text: string): number => {
  const bytes = hash('sha256', text, 'buffer');
  return bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11);
};

const wordAt = (column: TableColumn, row: number): string | null =>
  (column.kind === 'number' ? column.exact?.get(row)?.toString() : undefined) ?? textAt(column, row);

/** Numbers the keys without gaps, in the order in which they come. */
const numbered = (keys: Float64Array): Clusters => {
  const known = new Map<number, number>();
  const codes = keys.map((key) => {
    const code = known.get(key) ?? known.size;
    known.set(key, code);
    return code;
  });
  return { codes: Int32Array.from(codes), n: known.size };
};

/**
 * Which cluster each row is of, by the column of `evaluation.group`. While the data go by, a number of each row is kept, however long the
 * values are. A row without a value is a cluster of its own.
 */
export class ClusterRows {
  private readonly keys: Float64Array[] = [];
  private readonly known = new Map<string, number>();
  private alone = 0;

  constructor(private readonly column: string) {}

  add(part: Table): void {
    const column = part.columns.get(this.column);
    if (column !== undefined)
      this.keys.push(Float64Array.from({ length: part.rows }, (_, row) => this.keyAt(column, row)));
  }

  build(): { readonly clusters: Clusters; readonly told: Clustering } {
    const clusters = numbered(joinFloats(this.keys));
    const sizes = new Int32Array(clusters.n);
    for (const code of clusters.codes) sizes[code] = (sizes[code] ?? 0) + 1;
    const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
    return { clusters, told: { column: this.column, clusters: clusters.n, largest, alone: this.alone } };
  }

  private keyAt(column: TableColumn, row: number): number {
    const word = wordAt(column, row);
    // Hashes are never negative: these keys are nobody else's.
    if (word === null) return -++this.alone;
    const known = this.known.get(word);
    if (known !== undefined) return known;
    const key = keyOf(word);
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(word, key);
    return key;
  }
}
