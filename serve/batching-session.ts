import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor } from '../lambdas/registry/contract';
import { rowsIn, type Tensors } from '../lambdas/scoring/domain/tensor';
import type { OnnxSession } from '../lambdas/scoring/ports';
import { joinRows, splitRows } from './rows';

export interface BatchingOptions {
  /** Rows of one run at most. */
  readonly maxRows: number;
  /** How long the first request of a batch may wait for others, in milliseconds; 0: for as long as others keep coming. */
  readonly maxWaitMs: number;
  /** Whether others may come at the same time: else nothing waits. */
  readonly isShared: () => boolean;
}

interface Waiting {
  readonly inputs: Tensors;
  readonly rows: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs requests that come at the same time as one batch. It waits as long as each turn of the event loop brings another
 * request, which costs a turn and saves a run for each.
 * A batch that fails is run again request by request, so that nobody's bad row is another's error.
 */
export class BatchingSession implements OnnxSession {
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  /** Requests that waited when the event loop last came round. */
  private seen = 0;
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

  run(inputs: Tensors): Promise<Tensors> {
    const rows = rowsIn(inputs);
    const isAlone = this.waiting.length === 0 && !this.options.isShared();
    return isAlone || rows >= this.options.maxRows ? this.session.run(inputs) : this.join(inputs, rows);
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
    if (this.options.maxWaitMs > 0) setTimeout(this.end, this.options.maxWaitMs);
    else setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    if (this.waiting.length === this.seen) this.end();
    else {
      this.seen = this.waiting.length;
      setImmediate(this.turn);
    }
  };

  private readonly end = (): void => {
    this.isScheduled = false;
    this.flush();
  };

  private flush(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.waitingRows = 0;
    this.seen = 0;
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
      for (const one of batch) {
        await this.runAlone(one);
        // A run takes this thread: others get their turn in between.
        await nextTurn();
      }
    }
  }

  private async runAlone({ inputs, resolve, reject }: Waiting): Promise<void> {
    await this.session.run(inputs).then(resolve, reject);
  }
}
