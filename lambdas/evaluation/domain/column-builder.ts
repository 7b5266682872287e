import type { CellKind } from '../../scoring/domain/cell-kind';
import { cellOfText, EXPECTED_TEXT } from '../../scoring/domain/text-cell';
import { CandidateRejected } from './candidate-rejected';
import { cellName, type TableColumn } from './table';

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
    const text = cellOfText(cell, 'text') as string | null;
    if (text === null) {
      this.values.push(null);
      return;
    }
    const shared = this.known.get(text);
    if (shared === undefined && this.known.size < 10_000) this.known.set(text, text);
    this.values.push(shared ?? text);
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
  ) {}

  add(cell: string): void {
    const value = cellOfText(cell, this.kind);
    if (value === undefined) {
      const given = JSON.stringify(cell.trim().slice(0, 40));
      throw new CandidateRejected(
        'data-value-invalid',
        `${cellName(this.file, this.name, this.values.length)}: expected ${EXPECTED_TEXT[this.kind]}, given ${given}; ` +
          `correct the file, or the type of '${this.name}' under inputs in contender.yaml`,
      );
    }
    if (typeof value === 'bigint') this.exact.set(this.values.length, value);
    this.values.push(value === null ? Number.NaN : Number(value));
  }

  build(): TableColumn {
    const values = Float64Array.from(this.values);
    return this.exact.size === 0 ? { kind: 'number', values } : { kind: 'number', values, exact: this.exact };
  }
}

export const columnBuilder = (file: string, name: string, kind: CellKind): ColumnBuilder =>
  kind === 'text' ? new TextBuilder() : new NumberBuilder(file, name, kind);
