import type { OutputReading } from '../scoring/domain/output-reading';
import type { Tensors } from '../scoring/domain/tensor';
import { batchesOf, sliceRows } from './domain/batches';
import { PredictionCollector, type Predictions } from './domain/predictions';
import type { ModelProcess } from './ports';

export interface ScoreOptions {
  readonly process: ModelProcess;
  readonly reading: OutputReading;
  /** Rows a run where the graph fixes them. */
  readonly fixedRows: number | undefined;
  /** What the rows are, for messages: a range of them is put before it. */
  readonly what: string;
  /** Rows of it before the ones given. */
  readonly first?: number;
}

/** Runs a version over all rows, batch by batch. @throws CandidateRejected */
export const scoreRows = async (inputs: Tensors, rows: number, options: ScoreOptions): Promise<Predictions> => {
  const { process, reading, fixedRows, what, first = 0 } = options;
  const collector = new PredictionCollector(reading, rows);
  for (const range of batchesOf(inputs, rows, fixedRows)) {
    const named = `rows ${first + range.start + 1}–${first + range.start + range.rows} of ${what}`;
    const outputs = await process.run(sliceRows(inputs, range), `scoring ${named}`);
    collector.add(outputs, range.start, range.rows, named);
  }
  return collector.finish();
};
