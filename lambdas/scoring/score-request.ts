import type { Identity } from '../access/contract';
import { authorize, requireRole } from '../access/domain/authorize';
import { assertNever } from '../kernel/assert-never';
import { InvalidInput, NotReady, UpstreamFailed } from '../kernel/errors';
import { randomUlid } from '../kernel/random-ulid';
import { MAX_IDENTIFIED_ROWS, type PredictionDraft, type PredictionRole, type Scored } from '../predictions/contract';
import { clientFingerprint } from '../predictions/domain/client-fingerprint';
import { mintPredictionId } from '../predictions/domain/prediction-id';
import type { KeyRingSource } from '../predictions/ports';
import type { AcceptedVersion } from '../registry/contract';
import { bucketOf, type Routing, routePinned, routeRequest } from './domain/route-request';
import type { ModelSnapshot, ScoringEvents } from './ports';
import type { RouteCache } from './route-cache';
import { type Answer, type ChallengerOutcome, shadowPart, type VersionRunner, type Work } from './run-versions';
import type { ScoredVersions } from './scored-version';
import type { RequestReader, WireBody } from './wire';

export interface ScoreDeps {
  readonly routes: RouteCache;
  readonly runner: VersionRunner;
  readonly versions: ScoredVersions;
  /** Without keys no prediction ids are minted. */
  readonly keys: KeyRingSource | undefined;
  readonly events: ScoringEvents;
  readonly now: () => number;
}

export interface ScoreCommand {
  readonly model: string;
  /** Asks for a version by number instead of being routed. */
  readonly version: number | undefined;
  readonly read: RequestReader;
  readonly routingKey: string;
  readonly identity: Identity;
}

/** What happened, for the log: no features, no answers. */
export interface ScoreFacts {
  readonly model: string;
  readonly version: number;
  readonly role: PredictionRole;
  readonly rows: number;
  readonly stale: boolean;
  /** Undefined where no prediction ids are minted. */
  readonly requestUlid: string | undefined;
  readonly shadow: ChallengerOutcome['status'] | undefined;
}

export interface ScoreResult {
  readonly answer: WireBody;
  readonly facts: ScoreFacts;
}

/** Which rollout drew who answers, and how likely that was. */
type Draw = Pick<PredictionDraft, 'rolloutId' | 'propensity'>;

const UNDRAWN: Draw = { propensity: 1 };

/** Who answered in the end, and what the draw was. */
interface Answered {
  readonly version: AcceptedVersion;
  readonly role: PredictionRole;
  readonly answer: Answer;
  readonly draw: Draw;
  readonly shadow?: { readonly version: number; readonly outcome: ChallengerOutcome };
}

/** One prediction request: routed, scored, and given its prediction ids. */
export class ScoreRequest {
  constructor(private readonly deps: ScoreDeps) {}

  /** @throws ContenderError; `InvalidInput` for a request that does not fit the model. */
  async score(command: ScoreCommand): Promise<ScoreResult> {
    requireRole(command.identity, 'prediction:create');
    const { routes } = this.deps;
    const found = routes.known(command.model) ?? (await routes.lookUp(command.model));
    const { model, access: mode, grants, stale } = found;
    authorize(command.identity, 'prediction:create', { model, mode, grants });
    if (found.challenger !== undefined && !stale) this.deps.runner.prepare(found.challenger);
    const plan = planOf(found, command);
    const { inputs, rows, write } = command.read(plan.contract);
    this.checkRows(rows);
    const answered = await this.answer(plan, { inputs, rows, read: command.read });
    const requestUlid = this.deps.keys && randomUlid(this.deps.now());
    const predictionIds = requestUlid === undefined ? [] : await this.mint(command, answered, requestUlid);
    const { version, role, shadow } = answered;
    const { outputs, scored } = answered.answer;
    const respond = this.deps.versions.respondOf(version);
    return {
      answer: write({ outputs, scored, version, respond, predictionIds }),
      facts: { model, version: version.version, role, rows, stale, requestUlid, shadow: shadow?.outcome.status },
    };
  }

  private checkRows(rows: number): void {
    if (this.deps.keys === undefined || rows <= MAX_IDENTIFIED_ROWS) return;
    throw new InvalidInput(
      `${rows} rows; a request takes at most ${MAX_IDENTIFIED_ROWS}, because each gets a prediction id: send several requests`,
    );
  }

  private answer({ routing, contract, challenger }: Plan, work: Work): Promise<Answered> {
    switch (routing.kind) {
      case 'champion':
        return this.champion(contract, work, drawBy(routing));
      case 'shadow':
        return this.shadow(routing, contract, challenger, work);
      case 'challenger':
        return this.canary(routing, contract, challenger, work);
      case 'pinned':
        return routing.isChampion ? this.champion(contract, work, UNDRAWN) : this.pinned(contract, work);
      default:
        return assertNever(routing);
    }
  }

  private async champion(version: AcceptedVersion, work: Work, draw: Draw): Promise<Answered> {
    return { version, role: 'champion', answer: await this.deps.runner.champion(version, work), draw };
  }

  private async shadow(
    { rolloutId, shadow: ref }: Extract<Routing, { kind: 'shadow' }>,
    version: AcceptedVersion,
    challenger: AcceptedVersion | undefined,
    work: Work,
  ): Promise<Answered> {
    const { runner } = this.deps;
    // The challenger is asked first, so that it works while the champion keeps this thread busy.
    const asked = challenger ? runner.shadow(challenger, version, work) : UNREADABLE;
    const answer = await runner.champion(version, work);
    const shadow = { version: ref.version, outcome: await asked };
    return { version, role: 'champion', answer, draw: { rolloutId, propensity: 1 }, shadow };
  }

  private async pinned(version: AcceptedVersion, work: Work): Promise<Answered> {
    const answer = answerOf(version, await this.deps.runner.canary(version, version, work));
    return { version, role: 'challenger', answer, draw: UNDRAWN };
  }

  private async canary(
    routing: Extract<Routing, { kind: 'challenger' }>,
    champion: AcceptedVersion,
    challenger: AcceptedVersion | undefined,
    work: Work,
  ): Promise<Answered> {
    const draw = drawBy(routing);
    const outcome = challenger ? await this.deps.runner.canary(challenger, champion, work) : UNREADABLE;
    if (challenger !== undefined && outcome.status === 'scored') {
      return { version: challenger, role: 'challenger', answer: outcome, draw };
    }
    const reason = outcome.status === 'lost' ? outcome.reason : 'not loaded';
    this.deps.events.report({
      name: 'ChampionFallback',
      model: champion.model,
      version: routing.challenger.version,
      reason,
    });
    const answer = await this.deps.runner.champion(champion, work);
    return { version: champion, role: 'champion-fallback', answer, draw };
  }

  /** One id a row; none without keys or without predictions. A prediction is worth more than its id: it goes out without. */
  private async mint(command: ScoreCommand, answered: Answered, requestId: string): Promise<readonly string[]> {
    const { keys, events } = this.deps;
    const scored = answered.answer.scored;
    if (keys === undefined || scored === undefined) return [];
    try {
      const ring = await keys.current();
      const requested = requestedBy(command, requestId);
      return scored.map((row, index) => mintPredictionId(draftOf(requested, answered, row, index), ring));
    } catch (cause) {
      events.report({ name: 'PredictionIdsUnavailable', model: answered.version.model, cause });
      return [];
    }
  }
}

/** A challenger whose record cannot be read: the registry's trouble, not its own. */
const UNREADABLE: ChallengerOutcome = { status: 'unpaired' };

/** Who is asked, with their records. */
interface Plan {
  readonly routing: Routing;
  /** The version whose signature the request must fit: the champion, unless another is asked for by number. */
  readonly contract: AcceptedVersion;
  readonly challenger: AcceptedVersion | undefined;
}

const planOf = ({ model, route, champion, challenger }: ModelSnapshot, command: ScoreCommand): Plan => {
  const routing =
    command.version === undefined ? routeRequest(route, command.routingKey) : routePinned(route, command.version);
  const contract = routing.kind === 'pinned' && !routing.isChampion ? challenger : champion;
  if (contract === undefined) throw new NotReady(`the record of the version of ${model} cannot be read; try again`);
  return { routing, contract, challenger };
};

const drawBy = ({ rolloutId, propensity }: Extract<Routing, { kind: 'champion' | 'challenger' }>): Draw => ({
  rolloutId,
  propensity,
});

const answerOf = ({ model, version }: AcceptedVersion, outcome: ChallengerOutcome): Answer => {
  if (outcome.status === 'scored') return outcome;
  if (outcome.status === 'unpaired')
    throw new NotReady(`version ${version} of model ${model} is still loading; try again`);
  throw new UpstreamFailed(`version ${version} of model ${model} failed: ${outcome.reason}`);
};

/** What the drafts of one request have in common, besides who answered. */
type Requested = Pick<PredictionDraft, 'client' | 'requestId' | 'bucket'>;

const requestedBy = ({ identity, routingKey }: ScoreCommand, requestId: string): Requested => ({
  client: clientFingerprint(identity),
  requestId,
  bucket: bucketOf(routingKey),
});

const NO_CODES: readonly number[] = [];

const draftOf = (
  { client, requestId, bucket }: Requested,
  { version: { model, version }, role, draw: { rolloutId, propensity }, shadow }: Answered,
  { prediction, score }: Scored,
  row: number,
): PredictionDraft => ({
  model,
  version,
  role,
  client,
  requestId,
  row,
  rolloutId,
  bucket,
  prediction,
  score,
  segments: NO_CODES,
  protected: NO_CODES,
  propensity,
  shadow: shadow && shadowPart(shadow.version, shadow.outcome, row),
});
