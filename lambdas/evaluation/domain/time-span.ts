import type { TimeSpan } from '../contract';
import { CandidateRejected } from './candidate-rejected';
import { cellName, placeOf, type Table, textAt } from './table';

/** A year, a month, a day, or a time of day, in ISO 8601; a clock without a zone is UTC. */
const ISO = /^\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?)?)?$/i;

/** Milliseconds since 1970; NaN for what is no time. */
const millisecondsOf = (text: string): number => {
  const found = ISO.exec(text);
  if (found === null) return Number.NaN;
  const isLocal = text.length > 'YYYY-MM-DD'.length && found.groups?.zone === undefined;
  return Date.parse(`${text.replace(' ', 'T').replace(',', '.')}${isLocal ? 'Z' : ''}`);
};

/** From when to when the rows were seen, by the column of `evaluation.time`. */
export class TimeSpans {
  private from = Number.POSITIVE_INFINITY;
  private to = Number.NEGATIVE_INFINITY;
  private missing = 0;

  constructor(private readonly column: string) {}

  /** @throws CandidateRejected naming the first cell that is no time */
  add(part: Table): void {
    const column = part.columns.get(this.column);
    if (column === undefined) return;
    for (let row = 0; row < part.rows; row++) {
      const text = textAt(column, row);
      if (text === null) this.missing += 1;
      else this.see(millisecondsOf(text), text, part, row);
    }
  }

  build(): TimeSpan {
    const { column, from, to, missing } = this;
    return from > to ? { column, missing } : { column, from, to, missing };
  }

  private see(at: number, text: string, part: Table, row: number): void {
    if (Number.isNaN(at)) {
      throw new CandidateRejected(
        'data-value-invalid',
        `${cellName(part.file, this.column, placeOf(part, row))}: expected a time in ISO 8601, such as 2025-03-31 or 2025-03-31T08:30:00Z, ` +
          `given '${text.slice(0, 40)}'; correct the file, or leave evaluation.time out of contender.yaml`,
      );
    }
    this.from = Math.min(this.from, at);
    this.to = Math.max(this.to, at);
  }
}
