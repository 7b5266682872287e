import { MAX_IDENTIFIED_ROWS } from '../predictions/contract';
import type { KeyRingSource } from '../predictions/ports';
import type { AcceptedVersion } from '../registry/contract';
import { InvocationsEndpoint } from './invocations-endpoint';
import { OipEndpoint } from './oip-endpoint';
import type {
  ArtifactReader,
  ChallengerHost,
  EndpointScorer,
  InputReferences,
  OnnxSession,
  RegistryReader,
  ScoringEvents,
} from './ports';
import { RouteCache } from './route-cache';
import { VersionRunner } from './run-versions';
import { ScoreRequest } from './score-request';
import { ScoredVersions } from './scored-version';
import { ScoringEndpoint } from './scoring-endpoint';
import { ServingModels } from './serving-models';
import { SessionCache } from './session-cache';

/** Share of memory for the bytes of loaded graphs; a session holds about as much again. */
export const GRAPH_SHARE = 0.25;
/** Lambda gives one vCPU for each 1,769 MB. */
const MB_PER_VCPU = 1769;
const MB = 2 ** 20;

export const threadsFor = (memoryMb: number): number => Math.max(1, Math.floor(memoryMb / MB_PER_VCPU));

export interface ScoringParts {
  readonly registry: RegistryReader;
  readonly artifacts: ArtifactReader;
  readonly load: (graph: Uint8Array) => Promise<OnnxSession>;
  readonly endpoints: EndpointScorer;
  readonly challengers: ChallengerHost;
  readonly keys: KeyRingSource | undefined;
  readonly references: InputReferences | undefined;
  readonly events: ScoringEvents;
  readonly now: () => number;
  readonly memoryMb: number;
  readonly shadowDeadlineMs: number;
  readonly canaryDeadlineMs: number;
  readonly serverVersion: string;
  /** Callers must send a bearer token. */
  readonly secured: boolean;
}

export interface Scoring {
  readonly endpoint: ScoringEndpoint;
  /** Loads a version before it is asked for. @throws what its artifact store and its graph throw */
  readonly load: (version: AcceptedVersion) => Promise<void>;
}

/** The whole of scoring, over whatever registry, store, keys and transport it is given. */
export const composeScoring = (parts: ScoringParts): Scoring => {
  const { registry, artifacts, load, events, now } = parts;
  const sessions = new SessionCache({ artifacts, load, maxBytes: parts.memoryMb * MB * GRAPH_SHARE });
  const routes = new RouteCache(registry, events, now);
  const versions = new ScoredVersions(events);
  const runner = new VersionRunner({ ...parts, sessions, versions });
  const scoring = new ScoreRequest({ routes, runner, versions, keys: parts.keys, events, now });
  const models = new ServingModels(routes);
  const { references, serverVersion, secured } = parts;
  const maxRows = parts.keys === undefined ? undefined : MAX_IDENTIFIED_ROWS;
  const oip = new OipEndpoint({ models, scoring, references, serverVersion, secured, maxRows });
  const endpoint = new ScoringEndpoint(oip, new InvocationsEndpoint(scoring));
  return { endpoint, load: (version) => sessions.use(version, async () => undefined) };
};
