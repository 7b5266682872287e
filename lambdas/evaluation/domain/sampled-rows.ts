import { RowSample } from './row-sample';
import { pickTable, type Table } from './table';
import { partRowsOf } from './table-limits';

/** Reads rows part by part; the next ones come when a part is done with. */
type Read = (take: (part: Table) => Promise<void>) => Promise<void>;

interface Drawn {
  /** In the order of the file. */
  readonly table: Table;
  /** Rows of the whole file. */
  readonly of: number;
}

/**
 * A uniform sample of rows that are too many for a version to run on, the same for the same data, columns and seed. All rows
 * where they are few enough. Held in memory, so that the file is read once, however often the sample is.
 */
export class SampledRows {
  private drawn: Promise<Drawn> | undefined;
  private of: number | undefined;
  private kept = 0;

  constructor(
    private readonly readAll: Read,
    private readonly limit: { readonly rows: number; readonly seed: number },
  ) {}

  /** How the rows came about, once they have been read; undefined where all of them are there. */
  get sample(): { readonly of: number; readonly seed: number } | undefined {
    const { of } = this;
    return of === undefined || of === this.kept ? undefined : { of, seed: this.limit.seed };
  }

  async read(take: (part: Table) => Promise<void>): Promise<void> {
    this.drawn ??= this.draw();
    const { table, of } = await this.drawn;
    this.of = of;
    this.kept = table.rows;
    const step = partRowsOf(table.columns.size);
    for (let first = 0; first < table.rows; first += step) {
      const rows = Int32Array.from({ length: Math.min(step, table.rows - first) }, (_, offset) => first + offset);
      await take(pickTable(table, rows, first));
    }
  }

  private async draw(): Promise<Drawn> {
    const drawing = new RowSample(this.limit.seed, this.limit.rows);
    let of = 0;
    await this.readAll(async (part) => {
      of += part.rows;
      drawing.add(part);
    });
    const { table, rows } = drawing.build();
    const { at: _places, ...whole } = table;
    if (of === table.rows) return { table: whole, of };
    const order = Int32Array.from(rows.keys()).sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0));
    return { table: pickTable(table, order, 0), of };
  }
}
