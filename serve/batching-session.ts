import type { Tensor } from '../lambdas/registry/contract';
import { rowsIn, type Tensors } from '../lambdas/scoring/domain/tensor';
import type { OnnxSession } from '../lambdas/scoring/ports';
import { joinRows, splitRows } from './rows';

export interface BatchingOptions {
  /** Rows of one run at most. */
  readonly maxRows: number;
  /** How long the first request of a batch may wait for others, in milliseconds; 0: for those that came with it. */
  readonly maxWaitMs: number;
  /** Requests that must be under way at once before any is held back. */
  readonly minConcurrent: number;
}

interface Waiting {
  readonly inputs: Tensors;
  readonly rows: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs requests that come at the same time as one batch. Below `minConcurrent` requests under way nothing waits; above,
 * what arrives in one turn of the event loop runs together, which costs a turn and saves a run for each.
 * A batch that fails is run again request by request, so that nobody's bad row is another's error.
 */
export class BatchingSession implements OnnxSession {
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private underWay = 0;
  private isScheduled = false;

  constructor(
    private readonly session: OnnxSession,
    private readonly options: BatchingOptions,
  ) {}

  get inputs(): readonly Tensor[] {
    return this.session.inputs;
  }

  get outputs(): readonly Tensor[] {
    return this.session.outputs;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    this.underWay++;
    try {
      const rows = rowsIn(inputs);
      const isAlone = this.underWay < this.options.minConcurrent && this.waiting.length === 0;
      if (isAlone || rows >= this.options.maxRows) return await this.session.run(inputs);
      return await this.join(inputs, rows);
    } finally {
      this.underWay--;
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private join(inputs: Tensors, rows: number): Promise<Tensors> {
    if (this.waitingRows + rows > this.options.maxRows) this.flush();
    return new Promise((resolve, reject) => {
      this.waiting.push({ inputs, rows, resolve, reject });
      this.waitingRows += rows;
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const flush = () => {
      this.isScheduled = false;
      this.flush();
    };
    if (this.options.maxWaitMs > 0) setTimeout(flush, this.options.maxWaitMs);
    else setImmediate(flush);
  }

  private flush(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.waitingRows = 0;
    if (batch.length > 0) void this.runBatch(batch);
  }

  private async runBatch(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return this.runAlone(first);
    try {
      const outputs = await this.session.run(joinRows(batch.map(({ inputs }) => inputs)));
      const parts = splitRows(
        outputs,
        batch.map(({ rows }) => rows),
      );
      batch.forEach(({ resolve }, at) => {
        resolve(parts[at] as Tensors);
      });
    } catch {
      for (const one of batch) await this.runAlone(one);
    }
  }

  private async runAlone({ inputs, resolve, reject }: Waiting): Promise<void> {
    await this.session.run(inputs).then(resolve, reject);
  }
}
