import { CandidateRejected } from './candidate-rejected';
import { type ColumnKind, cellName, type TableColumn } from './table';

/** What tools write for "no value" where a number belongs. A text may well be NA, so for texts only the empty cell is. */
const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None']);

const BOOLEANS: Readonly<Record<string, number>> = { true: 1, false: 0, '1': 1, '0': 0, '1.0': 1, '0.0': 0 };

/** What may not be taken for a number: JavaScript reads hexadecimal and the like, no tool writes them. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const numberOf = (text: string): number | undefined => {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
};

const booleanOf = (text: string): number | undefined => BOOLEANS[text.toLowerCase()];

/** Grows by one cell a row. */
export interface ColumnBuilder {
  add(cell: string): void;
  build(): TableColumn;
}

class TextBuilder implements ColumnBuilder {
  private readonly values: (string | null)[] = [];
  /** Equal texts are kept once. */
  private readonly known = new Map<string, string>();

  add(cell: string): void {
    const text = cell.trim();
    const shared = this.known.get(text);
    if (shared === undefined && this.known.size < 10_000) this.known.set(text, text);
    this.values.push(text === '' ? null : (shared ?? text));
  }

  build(): TableColumn {
    return { kind: 'text', values: this.values };
  }
}

class NumberBuilder implements ColumnBuilder {
  private readonly values: number[] = [];

  constructor(
    private readonly file: string,
    private readonly name: string,
    private readonly read: (text: string) => number | undefined,
    private readonly expected: string,
  ) {}

  add(cell: string): void {
    const text = cell.trim();
    const value = MISSING.has(text) ? Number.NaN : this.read(text);
    if (value === undefined) {
      throw new CandidateRejected(
        'data-value-invalid',
        `${cellName(this.file, this.name, this.values.length)}: expected ${this.expected}, given ${JSON.stringify(text.slice(0, 40))}; ` +
          `correct the file, or the type of '${this.name}' under inputs in contender.yaml`,
      );
    }
    this.values.push(value);
  }

  build(): TableColumn {
    return { kind: 'number', values: Float64Array.from(this.values) };
  }
}

export const columnBuilder = (file: string, name: string, kind: ColumnKind): ColumnBuilder => {
  if (kind === 'text') return new TextBuilder();
  if (kind === 'boolean') return new NumberBuilder(file, name, booleanOf, 'true or false');
  return new NumberBuilder(file, name, numberOf, 'a number');
};
