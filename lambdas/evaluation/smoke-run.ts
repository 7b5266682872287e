import { encodeColumns } from '../scoring/domain/encode-columns';
import type { Tensors } from '../scoring/domain/tensor';
import type { Findings, Latency } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { layoutOf } from './domain/plan-columns';
import { smokeCells, smokeTensors } from './domain/smoke-rows';
import type { ReadyModel } from './judge-on-data';
import { measureLatency } from './measure-latency';
import { scoreRows } from './score-table';

const ROWS = 100;

const madeUpRows = ({ runnable: { signature } }: ReadyModel, rows: number): Tensors => {
  const { columns, inputs } = signature;
  if (columns.length === 0) return smokeTensors(inputs, rows);
  return encodeColumns(layoutOf(inputs, columns), smokeCells(columns, rows), rows);
};

/** Shows that a model without evaluation data loads, runs and answers with predictions at all. @throws CandidateRejected */
export const smokeRun = async (
  model: ReadyModel,
  reason: string,
): Promise<{ evidence: Findings['evidence']; latency: Omit<Latency, 'loadMs'> }> => {
  const { process, reading, fixedRows } = model;
  try {
    const inputs = madeUpRows(model, ROWS);
    await scoreRows(inputs, ROWS, { process, reading, fixedRows, what: 'made-up data' });
    const latency = await measureLatency(model, inputs, ROWS);
    return { evidence: { evidence: 'none', reason }, latency };
  } catch (error) {
    if (error instanceof CandidateRejected && error.rejection.code !== 'run-failed') throw error;
    throw new CandidateRejected(
      'run-failed',
      `${(error as Error).message}; declare the columns with their ranges or levels as inputs in contender.yaml, or upload evaluation data`,
      { cause: error },
    );
  }
};
