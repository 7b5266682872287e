import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcceptedVersion } from '../../registry/contract';
import type { FromChallenger } from '../challenger-protocol';
import type { Tensors } from '../domain/tensor';
import type { ArtifactReader, ChallengerAnswer, ChallengerHost, ChallengerPatience } from '../ports';
import { ChallengerLink } from './challenger-link';
import { HostedChallenger } from './hosted-challenger';

/** Challengers kept loaded; a function that serves more of them at once loads the least recently asked for again. */
const MAX_HOSTED = 8;
/** Requests that may wait for the process; more mean that it hangs or cannot keep up. */
const MAX_UNANSWERED = 4;
/** A request that is unanswered for so long means that the process hangs. */
const HANG_MS = 5000;
/** A function that was frozen meanwhile gives its process this long to answer after the thaw. */
const HANG_CONFIRM_MS = 1000;

interface Pending {
  readonly digest: string;
  /** Undefined once the caller has given up. */
  settle: ((answer: ChallengerAnswer) => void) | undefined;
  readonly deadlineAt: number;
}

export interface ChallengerProcessProps {
  /** Path of the child's script. */
  readonly script: string;
  readonly artifacts: ArtifactReader;
  readonly threads: number;
  readonly maxResidentBytes: number;
  /** How long a request may stay unanswered before the process counts as hung. @default 5000 */
  readonly hangMs?: number;
}

/** Runs challengers in one child process. Whatever happens in there, callers get an answer in time. */
export class ChallengerProcess implements ChallengerHost {
  private link: ChallengerLink | undefined;
  private readonly hosted = new Map<string, HostedChallenger>();
  private readonly pending = new Map<number, Pending>();
  private sequence = 0;
  private folder: string | undefined;

  constructor(private readonly props: ChallengerProcessProps) {}

  prepare(version: AcceptedVersion): void {
    const challenger = this.hostedFor(version);
    if (!challenger.mayStart(Date.now())) return;
    challenger.start();
    void this.load(version, challenger);
  }

  async score(version: AcceptedVersion, inputs: Tensors, patience: ChallengerPatience): Promise<ChallengerAnswer> {
    const deadlineAt = Date.now() + patience.deadlineMs;
    this.prepare(version);
    const challenger = this.hostedFor(version);
    await challenger.waitUntilLoaded(Math.min(patience.deadlineMs, patience.loadMs - challenger.waitedMs));
    if (challenger.status !== 'ready' || this.link === undefined) return challenger.absence();
    if (this.pending.size >= MAX_UNANSWERED) return { status: 'lost', reason: 'the process is busy or hangs' };
    return this.ask(this.link, version.rootDigest, inputs, deadlineAt);
  }

  /** Ends the process and removes its files. */
  async close(): Promise<void> {
    this.link?.kill('was closed');
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  private hostedFor({ rootDigest }: AcceptedVersion): HostedChallenger {
    const challenger = this.hosted.get(rootDigest) ?? new HostedChallenger();
    // Asking moves it to the end: the first of the map is the least recently asked for.
    this.hosted.delete(rootDigest);
    this.hosted.set(rootDigest, challenger);
    for (const digest of this.hosted.keys()) if (this.hosted.size > MAX_HOSTED) this.drop(digest);
    return challenger;
  }

  private drop(digest: string): void {
    this.hosted.delete(digest);
    this.link?.send({ type: 'unload', digest });
    rm(this.pathOf(digest), { force: true }).catch(() => undefined);
  }

  private pathOf(digest: string): string {
    this.folder ??= mkdtempSync(join(tmpdir(), 'contender-challengers-'));
    return join(this.folder, `${digest}.onnx`);
  }

  private async load(version: AcceptedVersion, challenger: HostedChallenger): Promise<void> {
    const digest = version.rootDigest;
    try {
      if (!challenger.copied) await this.props.artifacts.copyGraph(version, this.pathOf(digest));
      challenger.copied = true;
      if (this.hosted.get(digest) !== challenger) return;
      this.link ??= this.newLink();
      this.link.send({ type: 'load', digest, path: this.pathOf(digest), threads: this.props.threads });
    } catch {
      // S3's or this machine's fault, not the challenger's: it stays unpaired until this succeeds.
      challenger.postpone(Date.now());
    }
  }

  private newLink(): ChallengerLink {
    const link = new ChallengerLink({
      script: this.props.script,
      maxResidentBytes: this.props.maxResidentBytes,
      onMessage: (message) => this.receive(message),
      onEnd: (reason) => {
        if (this.link === link) this.link = undefined;
        this.buryAll(`the challenger's process ${reason}`);
      },
    });
    return link;
  }

  private receive(message: FromChallenger): void {
    switch (message.type) {
      case 'loaded':
        this.hosted.get(message.digest)?.ready();
        break;
      case 'load-failed':
        this.hosted.get(message.digest)?.fail(message.reason, Date.now());
        break;
      case 'scored':
        this.settle(message.sequence, message.finishedAt, { status: 'scored', outputs: message.outputs });
        break;
      case 'score-failed':
        this.settle(message.sequence, message.finishedAt, { status: 'lost', reason: message.reason });
        break;
    }
  }

  private settle(sequence: number, finishedAt: number, answer: ChallengerAnswer): void {
    const pending = this.pending.get(sequence);
    this.pending.delete(sequence);
    const isLate = pending !== undefined && finishedAt > pending.deadlineAt;
    pending?.settle?.(isLate ? { status: 'lost', reason: 'late' } : answer);
  }

  private ask(link: ChallengerLink, digest: string, inputs: Tensors, deadlineAt: number): Promise<ChallengerAnswer> {
    const sequence = ++this.sequence;
    return new Promise((resolve) => {
      const pending: Pending = { digest, settle: resolve, deadlineAt };
      this.pending.set(sequence, pending);
      link.send({ type: 'score', sequence, digest, inputs });
      const giveUp = (): void => {
        pending.settle = undefined;
        resolve({ status: 'lost', reason: 'late' });
      };
      // An answer may lie unread in the pipe while the champion kept this thread busy: it is read between timers and immediates.
      const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), Math.max(0, deadlineAt - Date.now()));
      pending.settle = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.watch(link, sequence);
    });
  }

  private watch(link: ChallengerLink, sequence: number): void {
    const check = (then: () => void, ms: number): void => {
      setTimeout(() => this.pending.has(sequence) && then(), ms).unref();
    };
    check(
      () => check(() => this.link === link && link.kill('hung and was ended'), HANG_CONFIRM_MS),
      this.props.hangMs ?? HANG_MS,
    );
  }

  /** Those who were at work when the process ended bear the blame; the others merely have to be loaded again. */
  private buryAll(reason: string): void {
    const pending = [...this.pending.values()];
    this.pending.clear();
    const culprits = new Set(pending.map(({ digest }) => digest));
    for (const [digest, challenger] of this.hosted) {
      if (culprits.has(digest) || challenger.status === 'loading') challenger.fail(reason, Date.now());
      else challenger.reset();
    }
    for (const { settle } of pending) settle?.({ status: 'lost', reason });
  }
}
