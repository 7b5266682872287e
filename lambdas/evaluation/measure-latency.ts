import type { Tensors } from '../scoring/domain/tensor';
import type { Latency } from './contract';
import { gatherRows } from './domain/batches';
import { quantile } from './domain/metrics/quantile';
import type { ModelProcess } from './ports';

/** Enough for a 99th percentile, and over within the budget for any model. */
const RUNS = { batch1: 300, batch100: 60 } as const;
/** Milliseconds each of the two measurements may take. */
const BUDGET_MS = 100;
const BATCH = 100;

const perRow = (samples: Float64Array, rows: number): Latency['batch1'] => {
  const ms = Float64Array.from(samples, (sample) => sample / rows);
  return { runs: ms.length, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99) };
};

/**
 * Milliseconds per row at one row and at a hundred, measured beside the model: no transport is in them.
 * @param rows of `inputs`; they are repeated where there are fewer than a hundred.
 */
export const measureLatency = async (
  process: ModelProcess,
  inputs: Tensors,
  rows: number,
  fixedRows: number | undefined,
): Promise<Omit<Latency, 'loadMs'>> => {
  const one = await process.time(gatherRows(inputs, [0]), RUNS.batch1, BUDGET_MS);
  const batch1 = perRow(one, 1);
  if (fixedRows !== undefined) return { batch1 };
  const hundred = gatherRows(
    inputs,
    Int32Array.from({ length: BATCH }, (_, index) => index % rows),
  );
  return { batch1, batch100: perRow(await process.time(hundred, RUNS.batch100, BUDGET_MS), BATCH) };
};
