import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { Unsupported } from '../lambdas/kernel/errors';
import { keyRingSchema } from '../lambdas/predictions/contract';
import { KeyRing } from '../lambdas/predictions/domain/key-ring';
import type { KeyRingSource } from '../lambdas/predictions/ports';
import { loadOnnxSession } from '../lambdas/scoring/adapters/onnx-session';
import { composeScoring, GRAPH_SHARE, type Scoring } from '../lambdas/scoring/compose';
import type { ChallengerHost, EndpointScorer, OnnxSession, ScoringEvents } from '../lambdas/scoring/ports';
import { version as serverVersion } from '../package.json';
import { BatchingSession } from './batching-session';
import { canBatch } from './can-batch';
import { withContainerContract } from './container-contract';
import { ScoringServer } from './http-server';
import { type LocalModel, LocalModels, ModelUnreadable, readLocalModel } from './local-model';
import { OpenConnections } from './open-connections';
import type { ServeOptions } from './options';

const MB = 2 ** 20;
/** Share of the memory that bodies may hold at the same time. */
const BODY_SHARE = 0.5;

/** One line a fact, as JSON, so that what runs the server can read it. */
export const log = (level: 'info' | 'warn' | 'error', message: string, facts: object = {}): void => {
  process.stderr.write(`${JSON.stringify({ level, message, ...facts })}\n`);
};

const events: ScoringEvents = {
  report: ({ name, ...facts }) => log('warn', name, { ...facts, cause: undefined }),
};

const noEndpoints: EndpointScorer = {
  score: async () => {
    throw new Unsupported('hosted models are not served here');
  },
};

const noChallengers: ChallengerHost = {
  prepare: () => undefined,
  score: async () => ({ status: 'loading' }),
};

const keysFrom = (file: string | undefined, deployment: string): KeyRingSource | undefined => {
  if (file === undefined) return undefined;
  try {
    const ring = new KeyRing(keyRingSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), deployment);
    return { current: async () => ring, refreshed: async () => ring };
  } catch (cause) {
    throw new ModelUnreadable(`${file} is no key ring: ${(cause as Error).message}`, { cause });
  }
};

const batched = async (
  session: OnnxSession,
  { batchRows: maxRows, batchWaitMs: maxWaitMs }: ServeOptions,
  isShared: () => boolean,
): Promise<OnnxSession> => {
  if (maxRows < 2 || !(await canBatch(session))) return session;
  return new BatchingSession(session, { maxRows, maxWaitMs, isShared });
};

/** Models that were named stay loaded, however large: sessions are given up by what graphs may take of the memory. */
const memoryFor = (models: readonly LocalModel[], { memoryMb }: ServeOptions): number => {
  const bytes = models.flatMap(({ version }) => version.files).reduce((sum, { size }) => sum + size, 0);
  return Math.max(memoryMb, Math.ceil(bytes / GRAPH_SHARE / MB));
};

export interface RunningServer {
  readonly port: number;
  readonly models: readonly string[];
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/**
 * Lets the space of young objects grow to its full size (16 MB) at once. It begins with 1 MB, which a hundred requests fill:
 * each hundredth request would wait for its collection.
 */
const YOUNG_SPACE_GROWTH = '--semi-space-growth-factor=16';

const scoringOf = (options: ServeOptions, store: LocalModels, isShared: () => boolean): Scoring =>
  composeScoring({
    registry: store,
    artifacts: store,
    load: async (graph) => batched(await loadOnnxSession(graph, { threads: options.threads }), options, isShared),
    endpoints: noEndpoints,
    challengers: noChallengers,
    keys: keysFrom(options.predictionKeys, options.deployment),
    references: undefined,
    events,
    now: Date.now,
    memoryMb: memoryFor(store.models, options),
    shadowDeadlineMs: 1,
    canaryDeadlineMs: 1,
    serverVersion,
    // Whatever admits callers stands in front.
    secured: false,
  });

/** Loads the models, then listens. @throws ModelUnreadable, and the listening error such as EADDRINUSE */
export const startServer = async (options: ServeOptions): Promise<RunningServer> => {
  setFlagsFromString(YOUNG_SPACE_GROWTH);
  const store = new LocalModels(options.models.map(readLocalModel));
  const connections = new OpenConnections();
  const { endpoint, load } = scoringOf(options, store, () => connections.count >= options.batchFrom);
  for (const { version } of store.models) await load(version);
  const names = store.models.map(({ version }) => version.model);
  const server = new ScoringServer({
    caller: { kind: 'application', id: options.clientId, name: options.clientId, roles: ['app'], teams: [] },
    ...withContainerContract((request) => endpoint.answer(request), names),
    connections,
    limits: { maxBytes: options.maxBodyMb * MB, maxTotalBytes: options.memoryMb * MB * BODY_SHARE },
    report: ({ error, ...line }) => log('error', 'request failed', { ...line, error: String(error) }),
  });
  await server.listen(options.port, options.host);
  const { port } = server.server.address() as AddressInfo;
  return { port, models: names, stop: () => server.drain(options.graceMs) };
};
