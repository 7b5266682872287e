import { setTimeout } from 'node:timers/promises';
import { UpstreamFailed } from '../../kernel/errors';
import type { Signature } from '../../registry/contract';
import { instancesOf, type SageMakerEndpoints, tensorsOf } from '../../scoring/adapters/sagemaker-endpoint';
import { rowsIn, type Tensors } from '../../scoring/domain/tensor';
import { type RowRange, sliceRows } from '../domain/batches';
import { CandidateRejected } from '../domain/candidate-rejected';
import { joinTensors } from '../domain/join-tensors';
import type { LoadedModel } from '../model-protocol';
import type { ModelProcess } from '../ports';
import { endpointFault } from './endpoint-fault';

/** Calls that are under way at a time: enough to hide the network, few enough for an endpoint that serves others, too. */
const CONCURRENCY = 4;
/** Rows of the first calls, before it is known how long a row takes, and of any call. */
const FIRST_ROWS = 20;
const MAX_ROWS = 250;
/** Milliseconds that a call should take: SageMaker ends it after 60 s. */
const CALL_MS = 5000;
/** Longest that a call may take with all its attempts, in milliseconds. */
const CALL_DEADLINE_MS = 120_000;
/** Pause before a call is made again, in milliseconds; up to twice as long, so that calls spread. */
const PAUSE_MS = 1000;
/** Timers count whole milliseconds, and may be one early. */
const TIMER_SLACK_MS = 2;
/** Bytes of one call: serverless endpoints take 4 MB, others 6. */
const MAX_BODY_BYTES = 4_000_000;

export interface HostedModelProps {
  readonly endpoint: string;
  readonly signature: Pick<Signature, 'inputs' | 'outputs'>;
  readonly endpoints: Pick<SageMakerEndpoints, 'invoke'>;
  readonly timeMs: number;
  /** Milliseconds for which a call that meets passing faults is made again, beyond the SDK's own attempts. */
  readonly patienceMs: number;
}

/** A version that answers at a SageMaker endpoint. What it answers is checked like any other input. */
export class HostedModel implements ModelProcess {
  readonly peakMemoryBytes = undefined;
  readonly isRemote = true;
  private rowsPerCall = FIRST_ROWS;
  /** Moment at which its time is up. */
  private end: number;

  constructor(private readonly props: HostedModelProps) {
    this.end = performance.now() + props.timeMs;
  }

  /** Nothing is loaded: the tensors are those of the record, to which every answer is held. */
  async load(): Promise<LoadedModel> {
    const { signature, timeMs } = this.props;
    this.end = performance.now() + timeMs;
    return { inputs: signature.inputs, outputs: signature.outputs };
  }

  async run(inputs: Tensors, doing: string): Promise<Tensors> {
    const rows = rowsIn(inputs);
    const parts = new Map<number, Tensors>();
    let next = 0;
    let failed = false;
    const work = async (): Promise<void> => {
      while (next < rows && !failed) {
        const range = { start: next, rows: Math.min(this.rowsPerCall, rows - next) };
        next += range.rows;
        try {
          parts.set(range.start, await this.call(sliceRows(inputs, range), doing));
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return joinTensors([...parts].sort(([a], [b]) => a - b).map(([, outputs]) => outputs));
  }

  /** One call at a time, there and back. */
  async time(inputs: Tensors, runs: number, budgetMs: number): Promise<Float64Array> {
    const doing = 'being timed';
    await this.call(inputs, doing);
    const samples: number[] = [];
    const end = performance.now() + budgetMs;
    do {
      const start = performance.now();
      await this.call(inputs, doing);
      samples.push(performance.now() - start);
    } while (samples.length < runs && performance.now() < end);
    return Float64Array.from(samples);
  }

  /** There is nothing to end; no call may follow. */
  close(): void {
    this.end = 0;
  }

  private async call(inputs: Tensors, doing: string): Promise<Tensors> {
    const rows = rowsIn(inputs);
    const body = instancesOf(inputs);
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) return this.halved(inputs, rows, doing);
    const start = performance.now();
    const text = await this.invoke(body, doing);
    this.pace((performance.now() - start) / rows);
    return this.read(text, rows, doing);
  }

  private async halved(inputs: Tensors, rows: number, doing: string): Promise<Tensors> {
    if (rows === 1) {
      throw new CandidateRejected(
        'row-too-large',
        `a single row is over ${MAX_BODY_BYTES} bytes as JSON (while ${doing}), more than an endpoint takes; have the model take fewer columns`,
      );
    }
    const half = Math.ceil(rows / 2);
    const ranges: readonly RowRange[] = [
      { start: 0, rows: half },
      { start: half, rows: rows - half },
    ];
    const parts: Tensors[] = [];
    for (const range of ranges) parts.push(await this.call(sliceRows(inputs, range), doing));
    return joinTensors(parts);
  }

  /** An endpoint may be throttled, scale, or start from nothing: that is waited for. */
  private async invoke(body: string, doing: string): Promise<string> {
    const giveUp = performance.now() + this.props.patienceMs;
    for (;;) {
      try {
        return await this.attempt(body, doing);
      } catch (error) {
        if (!(error instanceof UpstreamFailed) || performance.now() >= giveUp) throw error;
        await setTimeout(PAUSE_MS * (1 + Math.random()));
      }
    }
  }

  private async attempt(body: string, doing: string): Promise<string> {
    const { endpoint, endpoints } = this.props;
    const left = this.end - performance.now();
    if (left <= 0) throw this.late(doing);
    try {
      return await endpoints.invoke(endpoint, body, Math.min(CALL_DEADLINE_MS, left));
    } catch (error) {
      throw performance.now() >= this.end - TIMER_SLACK_MS ? this.late(doing) : endpointFault(error, doing);
    }
  }

  private read(text: string, rows: number, doing: string): Tensors {
    const { endpoint, signature } = this.props;
    try {
      return tensorsOf(endpoint, text, signature, rows);
    } catch (cause) {
      throw new CandidateRejected(
        'outputs-unreadable',
        `${(cause as Error).message} (while ${doing}); answer {"predictions": [one for each row, in order]}`,
        { cause },
      );
    }
  }

  private pace(msPerRow: number): void {
    this.rowsPerCall = Math.max(1, Math.min(MAX_ROWS, Math.floor(CALL_MS / Math.max(msPerRow, 1e-3))));
  }

  private late(doing: string): CandidateRejected {
    const { endpoint, timeMs } = this.props;
    return new CandidateRejected(
      'timed-out',
      `endpoint ${endpoint} was still not done after ${Math.round(timeMs / 100) / 10} s (while ${doing}); make the model faster, give ` +
        "the endpoint more instances, or have the platform's evaluation.timeoutSeconds raised or sagemaker.evaluationRows lowered",
    );
  }
}
