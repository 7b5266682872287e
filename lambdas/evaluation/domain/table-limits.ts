import { CandidateRejected } from './candidate-rejected';

/** Rows that are read, encoded and scored together at most, and the cells in them: 12 MB of doubles. */
const MAX_PART_ROWS = 50_000;
const MAX_PART_CELLS = 1_500_000;
const MIN_PART_ROWS = 500;

/** Rows of a part of so many columns. */
export const partRowsOf = (columns: number): number =>
  Math.max(MIN_PART_ROWS, Math.min(MAX_PART_ROWS, Math.floor(MAX_PART_CELLS / Math.max(1, columns))));

export const dataTooLarge = (file: string, maxRows: number): CandidateRejected =>
  new CandidateRejected(
    'data-too-large',
    `${file} has more than ${maxRows} rows, the most that one evaluation takes; upload a random sample of them`,
  );

export const dataEmpty = (file: string): CandidateRejected =>
  new CandidateRejected('data-empty', `${file} has no rows; it needs a header and at least one row`);
