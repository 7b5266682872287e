import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Internal } from '../../kernel/errors';
import type { Tensors } from '../../scoring/domain/tensor';
import { CandidateRejected } from '../domain/candidate-rejected';
import { type FromModel, fromModelSchema, type LoadedModel, type ToModel } from '../model-protocol';
import type { ModelLimits, ModelProcess } from '../ports';

/** How often the kernel is asked how much memory the process holds. */
const MEMORY_POLL_MS = 25;
const PAGE_BYTES = 4096;
const MB = 2 ** 20;
/** Heap of the process's JavaScript, in MB; a model's memory is native and not part of it. */
const SCRIPT_HEAP_MB = 512;

/** All that the process is told of its surroundings: where Node finds ONNX Runtime. No credentials. */
const scrubbedEnv = (): NodeJS.ProcessEnv => {
  const { NODE_PATH, LD_LIBRARY_PATH, PATH } = process.env;
  return Object.fromEntries(Object.entries({ NODE_PATH, LD_LIBRARY_PATH, PATH }).filter(([, value]) => value));
};

export interface ForkedModelProps extends ModelLimits {
  /** Path of the child's script. */
  readonly script: string;
  readonly threads: number;
}

type StopCode = 'runtime-crashed' | 'out-of-memory' | 'timed-out';

interface Waiting {
  readonly doing: string;
  readonly resolve: (message: FromModel) => void;
  readonly reject: (error: CandidateRejected) => void;
}

/** Runs one version in one child process, and ends it when it breaks a limit. */
export class ForkedModel implements ModelProcess {
  peakMemoryBytes = 0;
  readonly isRemote = false;
  private readonly child: ChildProcess;
  private readonly memoryPoll: NodeJS.Timeout;
  private clock: NodeJS.Timeout | undefined;
  private waiting: Waiting | undefined;
  private end: { readonly code: StopCode; readonly what: string } | undefined;
  private runtime = 'onnxruntime';

  constructor(private readonly props: ForkedModelProps) {
    this.child = fork(props.script, [], {
      env: scrubbedEnv(),
      execArgv: [`--max-old-space-size=${SCRIPT_HEAP_MB}`],
      serialization: 'advanced',
      // What a model prints is nobody's business and may hold feature values.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // A group of its own: whatever it may have started ends with it.
      detached: true,
    });
    this.child.on('message', (message) => this.receive(message));
    this.child.on('error', (error) => this.stop('runtime-crashed', `could not be run (${error.message})`));
    this.child.on('exit', (code, signal) =>
      this.stop(
        'runtime-crashed',
        signal === null ? `ended its process (exit code ${code})` : `crashed the runtime (signal ${signal})`,
      ),
    );
    this.memoryPoll = setInterval(() => this.checkMemory(), MEMORY_POLL_MS);
  }

  async load(path: string | undefined): Promise<LoadedModel> {
    if (path === undefined) throw new Internal('a process runs a graph, and was given none');
    const { timeMs, threads } = this.props;
    const late = `was still not done after ${Math.round(timeMs / 100) / 10} s`;
    if (this.end === undefined) this.clock = setTimeout(() => this.stop('timed-out', late), timeMs);
    const message = await this.ask({ type: 'load', path, threads }, 'loading', 'graph-not-loaded');
    if (message.type !== 'loaded') throw this.distrust('loading');
    this.runtime = `onnxruntime ${message.onnxruntime}`;
    return message;
  }

  async run(inputs: Tensors, doing: string): Promise<Tensors> {
    const message = await this.ask({ type: 'run', inputs }, doing, 'run-failed');
    if (message.type !== 'ran') throw this.distrust(doing);
    return message.outputs;
  }

  async time(inputs: Tensors, runs: number, budgetMs: number): Promise<Float64Array> {
    const doing = 'being timed';
    const message = await this.ask({ type: 'time', inputs, runs, budgetMs }, doing, 'run-failed');
    const isSane =
      message.type === 'timed' && message.samples.length > 0 && message.samples.every((ms) => ms >= 0 && ms < 1e9);
    if (!isSane) throw this.distrust(doing);
    return message.samples;
  }

  close(): void {
    this.stop('runtime-crashed', 'was ended');
  }

  private ask(message: ToModel, doing: string, onFailure: 'graph-not-loaded' | 'run-failed'): Promise<FromModel> {
    return new Promise((resolve, reject) => {
      this.waiting = {
        doing,
        reject,
        resolve: (answer) =>
          answer.type === 'failed'
            ? reject(new CandidateRejected(onFailure, this.failure(doing, answer.reason, onFailure)))
            : resolve(answer),
      };
      if (this.end !== undefined) this.settle();
      // A channel that breaks while writing is reported by `exit`.
      else this.child.send(message, () => undefined);
    });
  }

  private failure(doing: string, reason: string, code: 'graph-not-loaded' | 'run-failed'): string {
    return code === 'graph-not-loaded'
      ? `the model cannot be loaded: ${reason}`
      : `the model failed while ${doing}: ${reason}`;
  }

  private receive(message: unknown): void {
    if (this.end !== undefined) return;
    const parsed = fromModelSchema.safeParse(message);
    const { waiting } = this;
    if (!parsed.success || waiting === undefined) {
      this.stop('runtime-crashed', 'took over its process and sent something that is no answer');
      return;
    }
    this.waiting = undefined;
    waiting.resolve(parsed.data);
  }

  /** An answer of the right form to another question. */
  private distrust(doing: string): CandidateRejected {
    this.stop('runtime-crashed', 'took over its process and sent something that is no answer');
    return this.rejection(doing);
  }

  private checkMemory(): void {
    const resident = residentBytes(this.child.pid);
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, resident);
    const { memoryBytes } = this.props;
    if (resident <= memoryBytes) return;
    this.stop('out-of-memory', `used more than the ${Math.round(memoryBytes / MB)} MB that a version may use`);
  }

  /** Only the first reason counts: ending the process makes it exit. */
  private stop(code: StopCode, what: string): void {
    if (this.end !== undefined) return;
    this.end = { code, what };
    clearInterval(this.memoryPoll);
    clearTimeout(this.clock);
    killGroup(this.child);
    this.settle();
  }

  private settle(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(this.rejection(waiting.doing));
  }

  private rejection(doing: string): CandidateRejected {
    const { code, what } = this.end ?? { code: 'runtime-crashed' as const, what: 'stopped' };
    return new CandidateRejected(code, `the model ${what} while ${doing}; ${this.advice(code)}`);
  }

  private advice(code: StopCode): string {
    if (code === 'out-of-memory') return "make it smaller, or have the platform's evaluation.memoryMb raised";
    if (code === 'timed-out')
      return "make it faster, evaluate it on fewer rows, or have the platform's evaluation.timeoutSeconds raised";
    return `run it with ${this.runtime} yourself, and export it again`;
  }
}

/** What the kernel says, not what the process says of itself; 0 where there is no /proc, and memory is not limited then. */
const residentBytes = (pid: number | undefined): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
};

const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
};
