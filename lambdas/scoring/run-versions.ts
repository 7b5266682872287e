import { InvalidInput, NonFiniteScore } from '../kernel/errors';
import type { Scored, ShadowPart } from '../predictions/contract';
import type { AcceptedVersion } from '../registry/contract';
import type { Tensors } from './domain/tensor';
import type { ChallengerAnswer, ChallengerHost, ChallengerPatience, EndpointScorer, ScoringEvents } from './ports';
import type { ScoredVersions } from './scored-version';
import type { SessionCache } from './session-cache';
import type { RequestReader } from './wire';

/** How long callers in shadow together wait for a challenger to load: enough for a function that is frozen between requests. */
const SHADOW_LOAD_MS = 1000;
/** In canary a challenger has to answer, so its load is waited for by as many callers as it takes. */
const CANARY_LOAD_MS = 60_000;
/** Longest run of a champion at an endpoint; the gateway gives up at 30 s. */
const ENDPOINT_DEADLINE_MS = 25_000;

export interface RunDeps {
  readonly sessions: SessionCache;
  readonly endpoints: EndpointScorer;
  readonly challengers: ChallengerHost;
  readonly versions: ScoredVersions;
  readonly events: ScoringEvents;
  readonly shadowDeadlineMs: number;
  readonly canaryDeadlineMs: number;
}

/** A request as the champion takes it. */
export interface Work {
  readonly inputs: Tensors;
  readonly rows: number;
  /** As it came, for a challenger with another signature. */
  readonly read: RequestReader;
}

/** Outputs of a version, and what they mean; `scored` is absent where they mean no prediction. */
export interface Answer {
  readonly outputs: Tensors;
  readonly scored: readonly Scored[] | undefined;
}

export type ChallengerOutcome =
  | ({ readonly status: 'scored' } & Answer)
  | { readonly status: 'unpaired' }
  | { readonly status: 'lost'; readonly reason: string };

/** Name of an input that holds a NaN. */
const inputWithNaN = (inputs: Tensors): string | undefined =>
  Object.entries(inputs).find(
    ([, { datatype, data }]) =>
      (datatype === 'FP32' || datatype === 'FP64') && (data as Float64Array).some(Number.isNaN),
  )?.[0];

/** Runs champions in this process and challengers out of its reach. */
export class VersionRunner {
  constructor(private readonly deps: RunDeps) {}

  /** @throws UpstreamFailed, Throttled; InvalidInput where the caller's missing values leave no score */
  async champion(version: AcceptedVersion, work: Work): Promise<Answer> {
    const outputs =
      version.runtime.kind === 'onnx'
        ? await this.deps.sessions.use(version, (session) => session.run(work.inputs))
        : await this.deps.endpoints.score(version, work.inputs, ENDPOINT_DEADLINE_MS);
    try {
      return { outputs, scored: this.deps.versions.interpret(version, outputs, work.rows) };
    } catch (cause) {
      const missing = cause instanceof NonFiniteScore ? inputWithNaN(work.inputs) : undefined;
      if (missing === undefined) throw cause;
      throw new InvalidInput(
        `input ${missing} holds missing values (null or NaN), for which the model has no score: ${(cause as Error).message}; fill them`,
        { cause },
      );
    }
  }

  /** Lets a challenger load before the first request needs it. */
  prepare(challenger: AcceptedVersion): void {
    if (challenger.runtime.kind === 'onnx') this.deps.challengers.prepare(challenger);
  }

  shadow(challenger: AcceptedVersion, champion: AcceptedVersion, work: Work): Promise<ChallengerOutcome> {
    return this.challenger(challenger, champion, work, {
      deadlineMs: this.deps.shadowDeadlineMs,
      loadMs: SHADOW_LOAD_MS,
    });
  }

  canary(challenger: AcceptedVersion, champion: AcceptedVersion, work: Work): Promise<ChallengerOutcome> {
    return this.challenger(challenger, champion, work, {
      deadlineMs: this.deps.canaryDeadlineMs,
      loadMs: CANARY_LOAD_MS,
    });
  }

  /** Never rejects: whatever a challenger does is an outcome. */
  private async challenger(
    challenger: AcceptedVersion,
    champion: AcceptedVersion,
    work: Work,
    patience: ChallengerPatience,
  ): Promise<ChallengerOutcome> {
    try {
      const inputs = this.deps.versions.inputsFor(challenger, champion, work.inputs, work.read);
      const answer = await this.ask(challenger, inputs, patience);
      if (answer.status === 'loading') return { status: 'unpaired' };
      if (answer.status === 'lost') return this.lost(challenger, answer.reason);
      const { outputs } = answer;
      return { status: 'scored', outputs, scored: this.deps.versions.interpret(challenger, outputs, work.rows) };
    } catch (error) {
      return this.lost(challenger, error instanceof Error ? error.message : String(error));
    }
  }

  private async ask(
    version: AcceptedVersion,
    inputs: Tensors,
    patience: ChallengerPatience,
  ): Promise<ChallengerAnswer> {
    if (version.runtime.kind === 'onnx') return this.deps.challengers.score(version, inputs, patience);
    return { status: 'scored', outputs: await this.deps.endpoints.score(version, inputs, patience.deadlineMs) };
  }

  private lost({ model, version }: AcceptedVersion, reason: string): ChallengerOutcome {
    this.deps.events.report({ name: 'ChallengerLost', model, version, reason });
    return { status: 'lost', reason };
  }
}

/** The challenger's part of one row's prediction id. */
export const shadowPart = (version: number, outcome: ChallengerOutcome, row: number): ShadowPart => {
  if (outcome.status !== 'scored') return { version, status: outcome.status };
  const scored = outcome.scored?.[row];
  return scored === undefined ? { version, status: 'lost' } : { version, status: 'scored', scored };
};
