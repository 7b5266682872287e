import { joinFloats } from './join-arrays';
import type { Table, TableColumn } from './table';

/** Texts beyond so many different ones are not shared between parts. */
const MAX_SHARED_TEXTS = 10_000;

const joinTexts = (parts: readonly TableColumn[]): TableColumn => {
  const shared = new Map<string, string>();
  const values: (string | null)[] = [];
  for (const part of parts) {
    for (const value of part.kind === 'text' ? part.values : []) {
      const known = value === null ? null : (shared.get(value) ?? value);
      if (known !== null && shared.size < MAX_SHARED_TEXTS) shared.set(known, known);
      values.push(known);
    }
  }
  return { kind: 'text', values };
};

/** Whole numbers beyond a double's are told as doubles here: groups and segments are all that is kept. */
const join = (parts: readonly TableColumn[]): TableColumn =>
  parts.some(({ kind }) => kind === 'text')
    ? joinTexts(parts)
    : { kind: 'number', values: joinFloats(parts.flatMap((part) => (part.kind === 'number' ? [part.values] : []))) };

/** The few columns that are needed of every row: those that rows are grouped by. */
export class KeptColumns {
  private readonly parts = new Map<string, TableColumn[]>();
  private rows = 0;
  private head: Pick<Table, 'file' | 'header'> = { file: '', header: [] };

  constructor(private readonly names: readonly string[]) {}

  add(part: Table): void {
    this.head = part;
    this.rows += part.rows;
    for (const name of this.names) {
      const column = part.columns.get(name);
      const parts = this.parts.get(name) ?? [];
      if (column !== undefined) this.parts.set(name, [...parts, column]);
    }
  }

  build(): Table {
    const { file, header } = this.head;
    const columns = new Map([...this.parts].map(([name, parts]) => [name, join(parts)]));
    return { file, first: 0, rows: this.rows, header, columns };
  }
}
