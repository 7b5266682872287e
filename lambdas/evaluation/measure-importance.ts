import type { Tensors } from '../scoring/domain/tensor';
import type { Importance } from './contract';
import { gatherRows } from './domain/batches';
import { type Judged, judgedRows } from './domain/judged-rows';
import { headlineOf } from './domain/metrics-of';
import { permuteColumn, planPermutation } from './domain/permute-columns';
import type { InputPlan } from './domain/plan-columns';
import { type Predictions, pickPredictions } from './domain/predictions';
import { pickTruth, type Truth } from './domain/read-truth';
import { drawDistinct, seededRandom } from './domain/seeded-random';
import { type ScoreOptions, scoreRows } from './score-table';

/** Rows scored for importance in all, whatever the model's speed. */
const MAX_SCORED_ROWS = 60_000;
/** Milliseconds that scoring them may take; at least as many rows are scored as the data have. */
const BUDGET_MS = 500;

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
  const { rows, plan, truth, seed } = input;
  const budget = Math.min(MAX_SCORED_ROWS, Math.max(rows, BUDGET_MS / Math.max(input.msPerRow, 1e-6)));
  const { places } = plan.layout;
  const permutation = planPermutation(rows, places.length, budget);
  const random = seededRandom(seed);
  const picked = drawDistinct(permutation.rows, rows, random);
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
  return { metric, reference: value, rows: picked.length, repeats: permutation.repeats, seed, columns };
};
