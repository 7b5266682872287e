import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type FromChallenger, fromChallengerSchema, type ToChallenger } from '../challenger-protocol';

/** Memory is looked at no more often than this. */
const MEMORY_CHECK_MS = 1000;
const PAGE_BYTES = 4096;

/** All that the process is told of its surroundings: where Node finds ONNX Runtime. No credentials. */
const scrubbedEnv = (): NodeJS.ProcessEnv => {
  const { NODE_PATH, LD_LIBRARY_PATH, PATH } = process.env;
  return Object.fromEntries(Object.entries({ NODE_PATH, LD_LIBRARY_PATH, PATH }).filter(([, value]) => value));
};

export interface LinkProps {
  readonly script: string;
  /** Resident bytes above which the process is ended. */
  readonly maxResidentBytes: number;
  readonly onMessage: (message: FromChallenger) => void;
  /** Called once, with a reason for people. */
  readonly onEnd: (reason: string) => void;
}

/** One life of the challengers' process. */
export class ChallengerLink {
  private readonly child: ChildProcess;
  private ended = false;
  private memoryCheckedAt = 0;

  constructor(private readonly props: LinkProps) {
    this.child = fork(props.script, [], {
      env: scrubbedEnv(),
      execArgv: [],
      serialization: 'advanced',
      // What a challenger prints is nobody's business and may hold feature values.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.child.on('message', (message) => this.receive(message));
    this.child.on('error', (error) => this.end(`could not be run: ${error.message}`));
    this.child.on('exit', (code, signal) =>
      this.end(signal === null ? `exited with code ${code}` : `died by ${signal}`),
    );
    // A waiting challenger keeps no process alive.
    this.child.unref();
    this.child.channel?.unref();
  }

  send(message: ToChallenger): void {
    if (this.ended) return;
    // A channel that breaks while writing is reported by `exit`.
    this.child.send(message, () => undefined);
    void this.checkMemory();
  }

  /** Ends the process at once; `onEnd` is called before this returns. */
  kill(reason: string): void {
    this.child.kill('SIGKILL');
    this.end(reason);
  }

  private end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.props.onEnd(reason);
  }

  private receive(message: unknown): void {
    if (this.ended) return;
    const parsed = fromChallengerSchema.safeParse(message);
    if (parsed.success) this.props.onMessage(parsed.data);
    else this.kill('was ended: it sent something that is no answer');
  }

  /** Reads what the kernel says, not what the process says of itself; where there is no /proc, memory is not limited. */
  private async checkMemory(): Promise<void> {
    if (Date.now() - this.memoryCheckedAt < MEMORY_CHECK_MS) return;
    this.memoryCheckedAt = Date.now();
    const statm = await readFile(`/proc/${this.child.pid}/statm`, 'utf8').catch(() => undefined);
    const resident = Number(statm?.split(' ')[1] ?? 0) * PAGE_BYTES;
    if (resident > this.props.maxResidentBytes) {
      this.kill(`was ended: it held ${Math.round(resident / 2 ** 20)} MB`);
    }
  }
}
