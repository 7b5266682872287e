import type { CellKind } from '../../scoring/domain/cell-kind';
import { cellOfText, EXPECTED_TEXT } from '../../scoring/domain/text-cell';
import { CandidateRejected } from './candidate-rejected';
import { cellName, type TableColumn } from './table';
import { wordOf } from './typed-cell';

/** Grows by one cell a row. */
export interface ColumnBuilder {
  /** A cell of a CSV file. */
  add(cell: string): void;
  /** A cell that came with a type; a number goes in as it is, all else as its text. */
  addTyped(cell: unknown): void;
  build(): TableColumn;
}

class TextBuilder implements ColumnBuilder {
  private readonly values: (string | null)[] = [];
  /** Equal texts are kept once. */
  private readonly known = new Map<string, string>();

  add(cell: string): void {
    const text = cellOfText(cell, 'text') as string | null;
    if (text === null) {
      this.values.push(null);
      return;
    }
    const shared = this.known.get(text);
    if (shared === undefined && this.known.size < 10_000) this.known.set(text, text);
    this.values.push(shared ?? text);
  }

  addTyped(cell: unknown): void {
    this.add(wordOf(cell));
  }

  build(): TableColumn {
    return { kind: 'text', values: this.values };
  }
}

class NumberBuilder implements ColumnBuilder {
  private readonly values: number[] = [];
  private readonly exact = new Map<number, bigint>();

  constructor(
    private readonly file: string,
    private readonly name: string,
    private readonly kind: Exclude<CellKind, 'text'>,
    private readonly first: number,
  ) {}

  add(cell: string): void {
    const value = cellOfText(cell, this.kind);
    if (value === undefined) {
      const given = JSON.stringify(cell.trim().slice(0, 40));
      throw new CandidateRejected(
        'data-value-invalid',
        `${cellName(this.file, this.name, this.first + this.values.length)}: expected ${EXPECTED_TEXT[this.kind]}, given ${given}; ` +
          `correct the file, or the type of '${this.name}' under inputs in contender.yaml`,
      );
    }
    if (typeof value === 'bigint') this.exact.set(this.values.length, value);
    this.values.push(value === null ? Number.NaN : Number(value));
  }

  addTyped(cell: unknown): void {
    const isReady = typeof cell === 'number' && this.kind !== 'boolean' && Math.abs(cell) < Number.POSITIVE_INFINITY;
    if (isReady) this.values.push(cell);
    else this.add(wordOf(cell));
  }

  build(): TableColumn {
    const values = Float64Array.from(this.values);
    return this.exact.size === 0 ? { kind: 'number', values } : { kind: 'number', values, exact: this.exact };
  }
}

/** @param first rows of the file before the builder's. */
export const columnBuilder = (file: string, name: string, kind: CellKind, first: number): ColumnBuilder =>
  kind === 'text' ? new TextBuilder() : new NumberBuilder(file, name, kind, first);
