import type { Tensors } from '../scoring/domain/tensor';
import type { Latency } from './contract';
import { gatherRows } from './domain/batches';
import { quantile } from './domain/metrics/quantile';
import type { ReadyModel } from './judge-on-data';

/** Enough for a 99th percentile, and over within the budget for any model. */
const RUNS = { batch1: 300, batch100: 60 } as const;
/** Milliseconds each of the two measurements may take, beside the model and over a network. */
const BUDGET_MS = { local: 100, remote: 5000 } as const;
const BATCH = 100;

const perRow = (samples: Float64Array, rows: number): Latency['batch1'] => {
  const ms = Float64Array.from(samples, (sample) => sample / rows);
  return { runs: ms.length, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99) };
};

/**
 * Milliseconds per row at one row and at a hundred: measured beside the model, without transport, or there and back where it
 * runs behind a network.
 * @param rows of `inputs`; they are repeated where there are fewer than a hundred.
 */
export const measureLatency = async (
  { process, fixedRows }: ReadyModel,
  inputs: Tensors,
  rows: number,
): Promise<Omit<Latency, 'loadMs'>> => {
  const budgetMs = process.isRemote ? BUDGET_MS.remote : BUDGET_MS.local;
  const one = await process.time(gatherRows(inputs, [0]), RUNS.batch1, budgetMs);
  const measured = { batch1: perRow(one, 1), ...(process.isRemote ? { roundTrip: true as const } : {}) };
  if (fixedRows !== undefined) return measured;
  const hundred = gatherRows(
    inputs,
    Int32Array.from({ length: BATCH }, (_, index) => index % rows),
  );
  return { ...measured, batch100: perRow(await process.time(hundred, RUNS.batch100, budgetMs), BATCH) };
};
