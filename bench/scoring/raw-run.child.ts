/**
 * The session's own run in a loop, and nothing else: no server can be faster.
 *
 *     node raw-run.cjs <model folder> <seconds>      # prints RawRun as JSON
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../../lambdas/scoring/adapters/session-options';
import { quantile } from '../quantiles';
import { BATCH_ROWS, batchTensor } from './batch-tensor';
import type { Golden } from './models';

/** Times in microseconds. */
export interface RawRun {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly batchUs: number;
}

/** Runs that the machine code is compiled in. */
const WARM_UP = 200;

const timesOf = async (work: (turn: number) => Promise<unknown>, seconds: number): Promise<number[]> => {
  for (let turn = 0; turn < WARM_UP; turn++) await work(turn);
  const times: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const startedAt = performance.now();
    await work(times.length);
    times.push((performance.now() - startedAt) * 1000);
  }
  return times;
};

const main = async ([folder = '', seconds]: readonly string[]): Promise<void> => {
  const session = await InferenceSession.create(join(folder, 'model.onnx'), sessionOptions(1));
  const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
  const rows = golden.rows.map((row) => new Tensor('float32', Float32Array.from(row), [1, row.length]));
  const batch = new Tensor('float32', batchTensor(golden), [BATCH_ROWS, golden.rows[0]?.length ?? 0]);
  const single = await timesOf((turn) => session.run({ features: rows[turn % rows.length] ?? batch }), Number(seconds));
  const batches = await timesOf(() => session.run({ features: batch }), Number(seconds));
  const result: RawRun = {
    p50Us: quantile(single, 0.5),
    p99Us: quantile(single, 0.99),
    batchUs: quantile(batches, 0.5),
  };
  console.log(JSON.stringify(result));
};

void main(process.argv.slice(2));
