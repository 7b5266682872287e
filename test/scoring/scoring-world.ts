import type { Identity } from '../../lambdas/access/contract';
import { UpstreamFailed } from '../../lambdas/kernel/errors';
import type { PredictionRecord } from '../../lambdas/predictions/contract';
import { KeyRing } from '../../lambdas/predictions/domain/key-ring';
import { openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import type { Route } from '../../lambdas/registry/contract';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import { composeScoring, type ScoringParts } from '../../lambdas/scoring/compose';
import { drawOf } from '../../lambdas/scoring/domain/route-request';
import type { ChallengerAnswer, ModelSnapshot, ScoringEvent } from '../../lambdas/scoring/ports';
import { application, fixtureArtifacts, refOf, versionOf } from './versions';

export const ROLLOUT = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
export const CLASSES = { output: { classes: ['repaid', 'defaulted'], positive: 'defaulted' } };
export const champion = versionOf('binary', 1, { manifest: CLASSES });
export const challenger = versionOf('binary-opposite', 2, { manifest: CLASSES });
export const base = { model: 'credit', generation: 1, changedAt: 0, champion: refOf(champion) };
export const compared = { ...base, challenger: refOf(challenger), rolloutId: ROLLOUT };
export const ROUTES = {
  champion: { ...base, mode: 'champion' },
  shadow: { ...compared, mode: 'shadow' },
  canary: { ...compared, mode: 'canary', weight: 0.5 },
  unserved: { model: 'credit', generation: 1, changedAt: 0, mode: 'unserved' },
} satisfies Record<string, Route>;

export const ring = new KeyRing({ current: 'k1', keys: { k1: Buffer.alloc(32, 7).toString('base64') } }, 'test');
export const keys = { current: async () => ring, refreshed: async () => ring };
export const opposite = {
  label: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(0n) },
  probabilities: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.75, 0.25) },
} as const;

export const world = (route: Route, parts: Partial<ScoringParts> = {}, snapshot: Partial<ModelSnapshot> = {}) => {
  const events: ScoringEvent[] = [];
  const found: ModelSnapshot = {
    model: 'credit',
    access: 'open',
    grants: [],
    route,
    champion,
    challenger,
    ...snapshot,
  };
  const { endpoint } = composeScoring({
    registry: { readModel: async (model) => (model === 'credit' ? found : undefined) },
    artifacts: fixtureArtifacts,
    load: (graph) => loadOnnxSession(graph, { threads: 1 }),
    endpoints: { score: () => Promise.reject(new UpstreamFailed('no endpoints here')) },
    challengers: { prepare: () => undefined, score: async () => ({ status: 'scored', outputs: opposite }) },
    keys,
    references: undefined,
    events: { report: (event) => events.push(event) },
    now: () => 1_700_000_000_000,
    memoryMb: 512,
    shadowDeadlineMs: 100,
    canaryDeadlineMs: 500,
    serverVersion: '0.1.0',
    secured: true,
    ...parts,
  });
  const call = async (
    method: string,
    path: string,
    body: unknown = '',
    identity: Identity = application,
    routingKey = 'customer-1',
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const sent = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const header = (name: string) => headers[name];
    const response = await endpoint.answer({ method, path, header, body: sent, routingKey, identity: () => identity });
    const jsonLength = response.headers['inference-header-content-length'];
    const json = Buffer.from(response.body).subarray(0, jsonLength ? Number(jsonLength) : undefined);
    return { ...response, json: JSON.parse(json.toString()) };
  };
  return { endpoint, events, call };
};

export const rows = (...first: number[]) => ({
  id: 'call-1',
  inputs: [{ name: 'X', datatype: 'FP32', shape: [first.length, 3], data: first.flatMap((value) => [value, 0, 0]) }],
});
export const INFER = '/v2/models/credit/infer';
export const recordOf = (response: { json: { parameters: { prediction_id: string } } }): PredictionRecord =>
  openPredictionId(response.json.parameters.prediction_id, ring);
export const challengerSays = (answer: ChallengerAnswer): Partial<ScoringParts> => ({
  challengers: { prepare: () => undefined, score: async () => answer },
});
export const keyFor = (side: 'challenger' | 'champion'): string => {
  const isChallenger = (key: string) => drawOf(ROLLOUT, key) < 0.5;
  return ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((key) => isChallenger(key) === (side === 'challenger')) ?? '';
};
