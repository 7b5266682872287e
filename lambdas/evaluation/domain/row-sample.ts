import { seededRandom } from './seeded-random';
import { placeOf, type Table, type TableColumn } from './table';

/** Up to this many rows a sample is the whole: bins, importance and examples are exact. */
const MAX_SAMPLE_ROWS = 200_000;
/** Cells of a sample: 64 MB of doubles, beside a model in a sandbox of 3 GB. */
const MAX_SAMPLE_CELLS = 8_000_000;
const MIN_SAMPLE_ROWS = 1000;

interface Slots {
  readonly kind: TableColumn['kind'];
  /** Numbers in a typed array that grows, texts in a list. */
  numbers: Float64Array;
  readonly texts: (string | null)[];
  readonly exact: Map<number, bigint>;
}

const slotsFor = ({ kind }: TableColumn): Slots => ({
  kind,
  numbers: new Float64Array(1024),
  texts: [],
  exact: new Map(),
});

const put = (slots: Slots, at: number, column: TableColumn, row: number): void => {
  if (column.kind === 'text') {
    slots.texts[at] = column.values[row] ?? null;
    return;
  }
  if (at >= slots.numbers.length) {
    const grown = new Float64Array(slots.numbers.length * 2);
    grown.set(slots.numbers);
    slots.numbers = grown;
  }
  slots.numbers[at] = column.values[row] ?? Number.NaN;
  const exact = column.exact?.get(row);
  if (exact !== undefined) slots.exact.set(at, exact);
  else slots.exact.delete(at);
};

const columnOf = (slots: Slots, rows: number): TableColumn => {
  if (slots.kind === 'text') return { kind: 'text', values: slots.texts };
  const values = slots.numbers.subarray(0, rows);
  return slots.exact.size === 0 ? { kind: 'number', values } : { kind: 'number', values, exact: slots.exact };
};

/** Some rows of the data. */
export interface Sampled {
  readonly table: Table;
  /** Which ones they are of those that went by, from 0. */
  readonly rows: Int32Array;
}

/**
 * Every row while they are few, else a uniform sample that is the same for the same seed and rows, in one pass
 * (reservoir sampling, Vitter 1985, algorithm R).
 */
export class RowSample {
  private readonly slots = new Map<string, Slots>();
  private readonly rows: number[] = [];
  private readonly places: number[] = [];
  private seen = 0;
  private readonly random: () => number;
  private head: Pick<Table, 'file' | 'header'> = { file: '', header: [] };

  constructor(
    seed: number,
    private readonly maxRows = MAX_SAMPLE_ROWS,
  ) {
    this.random = seededRandom(seed);
  }

  add(part: Table): void {
    this.head = part;
    for (const [name, column] of part.columns) if (!this.slots.has(name)) this.slots.set(name, slotsFor(column));
    const byColumns = Math.max(MIN_SAMPLE_ROWS, Math.floor(MAX_SAMPLE_CELLS / Math.max(1, part.columns.size)));
    const capacity = Math.min(this.maxRows, byColumns);
    for (let row = 0; row < part.rows; row++) {
      const at = this.seen < capacity ? this.seen : Math.floor(this.random() * (this.seen + 1));
      this.seen++;
      if (at < capacity) this.take(part, row, at);
    }
  }

  build(): Sampled {
    const { file, header } = this.head;
    const rows = Int32Array.from(this.rows);
    const columns = new Map([...this.slots].map(([name, slots]) => [name, columnOf(slots, rows.length)]));
    const at = Int32Array.from(this.places);
    return { rows, table: { file, first: 0, at, rows: rows.length, header, columns } };
  }

  private take(part: Table, row: number, at: number): void {
    this.rows[at] = part.first + row;
    this.places[at] = placeOf(part, row);
    for (const [name, column] of part.columns) {
      const slots = this.slots.get(name);
      if (slots !== undefined) put(slots, at, column, row);
    }
  }
}
