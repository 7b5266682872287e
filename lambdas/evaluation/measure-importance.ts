import type { Tensors } from '../scoring/domain/tensor';
import type { Importance } from './contract';
import { gatherRows } from './domain/batches';
import { type Judged, judgedRows } from './domain/judged-rows';
import { headlineOf } from './domain/metrics-of';
import { LEAST_ROWS, type PermutationPlan, permuteColumn, planPermutation } from './domain/permute-columns';
import type { InputPlan } from './domain/plan-columns';
import { type Predictions, pickPredictions } from './domain/predictions';
import { pickTruth, type Truth } from './domain/read-truth';
import { drawDistinct, seededRandom } from './domain/seeded-random';
import { type ScoreOptions, scoreRows } from './score-table';

interface Budget {
  /** Rows scored for importance in all, whatever the model's speed. */
  readonly rows: number;
  /** Milliseconds that scoring them may take. */
  readonly ms: number;
}
/** At least as many rows are scored as the data have. */
const LOCAL: Budget = { rows: 60_000, ms: 500 };
/** Each row is paid for, and takes a share of an endpoint that may serve others. */
const REMOTE: Budget = { rows: 20_000, ms: 20_000 };

export interface ImportanceInput {
  readonly inputs: Tensors;
  readonly plan: InputPlan;
  readonly truth: Truth;
  readonly predictions: Predictions;
  readonly rows: number;
  /** As measured on the data. */
  readonly msPerRow: number;
  readonly seed: number;
}

const planFor = ({ rows, msPerRow, plan }: ImportanceInput, isRemote: boolean): PermutationPlan => {
  const columns = plan.layout.places.length;
  const affordable = (isRemote ? REMOTE : LOCAL).ms / Math.max(msPerRow, 1e-6);
  if (!isRemote) return planPermutation(rows, columns, Math.min(LOCAL.rows, Math.max(rows, affordable)));
  const budget = Math.min(REMOTE.rows, affordable);
  const tooDear = budget < Math.min(rows, LEAST_ROWS);
  return tooDear ? { rows: 0, repeats: 0, columns: 0 } : planPermutation(rows, columns, budget);
};

const leftOut = (measured: number, columns: number, msPerRow: number): { omitted?: string } => {
  if (measured === columns) return {};
  const which = measured === 0 ? 'no column was' : `only the first ${measured} of ${columns} columns were`;
  return { omitted: `${which} shuffled, to bound what is run: a row takes ${Number(msPerRow.toPrecision(2))} ms` };
};

const spread = (drops: readonly number[]): { drop: number; deviation: number } => {
  const drop = drops.reduce((sum, value) => sum + value, 0) / drops.length;
  const variance = drops.reduce((sum, value) => sum + (value - drop) ** 2, 0) / drops.length;
  return { drop, deviation: Math.sqrt(variance) };
};

/**
 * Permutation importance (Breiman 2001) on a seeded sample of rows: by how much the metric falls when one column's values
 * are dealt out anew. Oracle: sklearn.inspection.permutation_importance.
 */
export const measureImportance = async (input: ImportanceInput, options: ScoreOptions): Promise<Importance> => {
  const { rows, truth, seed } = input;
  const { places } = input.plan.layout;
  const permutation = planFor(input, options.process.isRemote);
  const omitted = leftOut(permutation.columns, places.length, input.msPerRow);
  const random = seededRandom(seed);
  // Without a column to shuffle, the metric is that of all rows.
  const picked = drawDistinct(permutation.rows || rows, rows, random);
  const sample = gatherRows(input.inputs, picked);
  const sampleTruth = pickTruth(truth, picked);
  const judge = (predictions: Predictions): Judged => judgedRows(sampleTruth, predictions, options.reading);
  const reference = headlineOf(judge(pickPredictions(input.predictions, picked)));
  const columns: Importance['columns'] = [];
  for (const place of places.slice(0, permutation.columns)) {
    const { column } = place;
    const shuffled = permuteColumn(sample, picked.length, place, permutation.repeats, random);
    const what = `${options.what}, with column '${column.name}' shuffled`;
    const scored = await scoreRows(shuffled, picked.length * permutation.repeats, { ...options, what });
    const drops = Array.from({ length: permutation.repeats }, (_, repeat) => {
      const own = Int32Array.from(picked, (_row, at) => repeat * picked.length + at);
      return reference.value - headlineOf(judge(pickPredictions(scored, own))).value;
    });
    columns.push({ column: column.name, ...spread(drops) });
  }
  const { metric, value } = reference;
  return { metric, reference: value, rows: permutation.rows, repeats: permutation.repeats, seed, columns, ...omitted };
};
