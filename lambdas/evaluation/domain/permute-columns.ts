import type { ColumnPlace } from '../../scoring/domain/encode-columns';
import type { Tensors } from '../../scoring/domain/tensor';
import { copyElements, gatherRows } from './batches';
import { drawDistinct } from './seeded-random';

/** Most columns whose importance is measured; the first ones of the signature. */
const MAX_COLUMNS = 200;
/** Rows that a good estimate needs, and shuffles of each column. */
const SAMPLE_ROWS = 1000;
const REPEATS = 5;
/** Fewer rows than this say nothing. */
export const LEAST_ROWS = 50;

/** How importance is measured within its budget. */
export interface PermutationPlan {
  readonly rows: number;
  readonly repeats: number;
  readonly columns: number;
}

/**
 * Spends a budget of scored rows: shuffles are given up first, then rows, then columns.
 * @param budget rows that may be scored in all.
 */
export const planPermutation = (rows: number, columns: number, budget: number): PermutationPlan => {
  const measured = Math.max(1, Math.min(columns, MAX_COLUMNS, Math.floor(budget / Math.min(rows, LEAST_ROWS))));
  const sample = Math.min(rows, SAMPLE_ROWS, Math.max(LEAST_ROWS, Math.floor(budget / measured)));
  const repeats = Math.max(1, Math.min(REPEATS, Math.floor(budget / (measured * sample))));
  return { rows: sample, repeats, columns: measured };
};

/**
 * The sample, once for each repeat, with one column's values dealt out anew among the rows.
 * @param sample rows of `inputs`
 */
export const permuteColumn = (
  sample: Tensors,
  rows: number,
  place: ColumnPlace,
  repeats: number,
  random: () => number,
): Tensors => {
  const repeated = gatherRows(
    sample,
    Int32Array.from({ length: rows * repeats }, (_, row) => row % rows),
  );
  const target = repeated[place.tensor]?.data ?? [];
  const source = sample[place.tensor]?.data ?? [];
  const width = source.length / rows;
  for (let repeat = 0; repeat < repeats; repeat++) {
    drawDistinct(rows, rows, random).forEach((from, row) => {
      const at = (repeat * rows + row) * width + place.offset;
      copyElements(target, at, source, from * width + place.offset, place.width);
    });
  }
  return repeated;
};
