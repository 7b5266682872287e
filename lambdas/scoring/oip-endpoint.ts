import type { Identity } from '../access/contract';
import { authorize, may, requireRole } from '../access/domain/authorize';
import { assertNever } from '../kernel/assert-never';
import { ContenderError, HTTP_STATUS, InvalidInput, NotReady } from '../kernel/errors';
import type { AcceptedVersion } from '../registry/contract';
import { MODEL_VERSION_HEADER } from './contract';
import { parseJson } from './domain/decode-request';
import { type OipCall, oipCallOf } from './domain/oip-call';
import { routePinned, servingVersions } from './domain/route-request';
import type { RouteCache, RouteLookUp } from './route-cache';
import type { ScoreFacts, ScoreRequest } from './score-request';

/** Body text of a request, as any transport hands it over. */
export interface OipRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly routingKey: string;
  /** @throws Unauthenticated; only called where the caller matters. */
  readonly identity: () => Identity;
}

export interface OipResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly facts?: ScoreFacts;
  /** What failed, if it was not the caller's doing. */
  readonly error?: unknown;
}

export interface OipDeps {
  readonly routes: RouteCache;
  readonly scoring: ScoreRequest;
  /** Of this software. */
  readonly serverVersion: string;
}

type Asked = Extract<OipCall, { model: string }>;

/** Exactly this: a client drops the message of an error with any other, parameters included. */
const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** The Open Inference Protocol v2 over any transport. */
export class OipEndpoint {
  constructor(private readonly deps: OipDeps) {}

  /** Never rejects: errors are the protocol's `{"error": …}`. */
  async answer(request: OipRequest): Promise<OipResponse> {
    try {
      return await this.dispatch(oipCallOf(request.method, request.path), request);
    } catch (error) {
      return failure(error);
    }
  }

  private async dispatch(call: OipCall, request: OipRequest): Promise<OipResponse> {
    switch (call.kind) {
      case 'server':
        return ok({ name: 'contender', version: this.deps.serverVersion, extensions: [] });
      case 'live':
        return ok({ live: true });
      case 'ready':
        return ok({ live: true, ready: true });
      case 'model':
        return ok(await this.metadata(call, request));
      case 'model-ready':
        return ok(await this.ready(call, request));
      case 'infer':
        return this.infer(call, request);
      default:
        return assertNever(call);
    }
  }

  private async infer({ model, version }: Asked, request: OipRequest): Promise<OipResponse> {
    const identity = request.identity();
    if (request.body === '') throw new InvalidInput('the body is empty; send an inference request as JSON');
    const body = parseJson(request.body);
    const { routingKey } = request;
    const result = await this.deps.scoring.score({ model, version, body, routingKey, identity });
    const headers = { ...JSON_HEADERS, [MODEL_VERSION_HEADER]: String(result.facts.version) };
    return { status: 200, headers, body: result.body, facts: result.facts };
  }

  private async metadata(asked: Asked, request: OipRequest): Promise<object> {
    const found = await this.lookUp(asked.model, request.identity());
    const version = servingVersion(found, asked.version);
    const { inputs, outputs } = version.signature;
    return {
      name: found.model,
      versions: servingVersions(found.route).map((ref) => String(ref.version)),
      platform: version.runtime.kind === 'onnx' ? 'onnxruntime_onnx' : 'sagemaker_endpoint',
      inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
      outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    };
  }

  private async ready(asked: Asked, request: OipRequest): Promise<object> {
    const found = await this.lookUp(asked.model, request.identity());
    servingVersion(found, asked.version);
    return { name: found.model, ready: true };
  }

  /** Whoever may read the model, or ask it for predictions, may see what it takes. */
  private async lookUp(model: string, identity: Identity): Promise<RouteLookUp> {
    if (!may(identity, 'model:read', OPEN)) requireRole(identity, 'prediction:create');
    const found = await this.deps.routes.lookUp(model);
    const access = { model: found.model, mode: found.access, grants: found.grants };
    if (!may(identity, 'model:read', access)) authorize(identity, 'prediction:create', access);
    return found;
  }
}

/** @throws NotReady without a champion. @throws NotFound for a version that does not serve. */
const servingVersion = (
  { model, route, champion, challenger }: RouteLookUp,
  version: number | undefined,
): AcceptedVersion => {
  const isChampion = version === undefined || routePinned(route, version).isChampion;
  const record = isChampion ? champion : challenger;
  if (record !== undefined) return record;
  throw new NotReady(
    `model ${model} is not ready: no version is approved and rolled out, or its record cannot be read`,
  );
};

/** Stands for any model that is not restricted. */
const OPEN = { model: '', mode: 'open', grants: [] } as const;

const ok = (body: object): OipResponse => ({ status: 200, headers: JSON_HEADERS, body: JSON.stringify(body) });

const failure = (error: unknown): OipResponse => {
  const known = error instanceof ContenderError && error.code !== 'internal';
  const status = known ? HTTP_STATUS[error.code] : 500;
  const message = known ? error.message : 'something went wrong on our side';
  const response = { status, headers: JSON_HEADERS, body: JSON.stringify({ error: message }) };
  return status >= 500 ? { ...response, error } : response;
};
