import type { LossBaseline } from '../../registry/contract';
import type { Baseline, Bins } from '../contract';
import type { Judged } from './judged-rows';
import { levelBins, numberBins } from './metrics/bins';
import type { Table, TableColumn } from './table';

const MAX_LEVEL_LENGTH = 64;

const numbers = (name: string, values: Float64Array): Bins => {
  const { kind, edges, counts, missing } = numberBins(values);
  return { kind, name, edges: [...edges], counts: [...counts], missing };
};

const levels = (name: string, values: readonly string[]): Bins => {
  const { kind, levels: byLevel, other, missing } = levelBins(values);
  return { kind, name, levels: { ...byLevel }, other, missing };
};

const binsOf = (name: string, column: TableColumn): Bins =>
  column.kind === 'number'
    ? numbers(name, column.values)
    : levels(
        name,
        column.values.map((value) => value?.slice(0, MAX_LEVEL_LENGTH) ?? ''),
      );

const scoreBins = (judged: Judged): Bins => {
  if (judged.kind === 'numbers') return numbers('value', judged.predictions.values);
  const { positive, index } = judged.predictions;
  if (positive !== undefined) return numbers('score', positive);
  return levels(
    'class',
    Array.from(index, (value) => judged.names[value] ?? String(value)),
  );
};

const meanOf = (losses: Float64Array): number =>
  losses.length === 0 ? 0 : Math.min(1, losses.reduce((sum, loss) => sum + loss, 0) / losses.length);

/** What accuracy drift is compared with: loss over all rows, and given each true class. */
export const lossBaselineOf = (judged: Judged, losses: Float64Array, cap: number | undefined): LossBaseline => {
  const whole = { rows: judged.rows, mean: meanOf(losses), ...(cap === undefined ? {} : { cap }) };
  if (judged.kind === 'numbers') return { ...whole, perClass: [] };
  const sums = new Float64Array(judged.names.length);
  const rows = new Int32Array(judged.names.length);
  judged.truth.forEach((position, row) => {
    sums[position] = (sums[position] ?? 0) + (losses[row] ?? 0);
    rows[position] = (rows[position] ?? 0) + 1;
  });
  const perClass = judged.names.flatMap((name, position) => {
    const n = rows[position] ?? 0;
    return n === 0 ? [] : [{ class: name, rows: n, mean: Math.min(1, (sums[position] ?? 0) / n) }];
  });
  return { ...whole, perClass };
};

/** @param columns names of the input columns, in order. */
export const baselineOf = (judged: Judged, loss: LossBaseline, table: Table, columns: readonly string[]): Baseline => ({
  loss,
  features: columns.flatMap((name) => {
    const column = table.columns.get(name);
    return column === undefined ? [] : [binsOf(name, column)];
  }),
  featuresOmitted: 0,
  score: scoreBins(judged),
});
