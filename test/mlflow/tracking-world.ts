import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Identity } from '../../lambdas/access/contract';
import { TrackingStore } from '../../lambdas/mlflow/adapters/tracking-store';
import { answerOf } from '../../lambdas/mlflow/answer';
import { experimentCalls } from '../../lambdas/mlflow/experiments';
import { loggedModelCalls } from '../../lambdas/mlflow/logged-models';
import { Places } from '../../lambdas/mlflow/places';
import type { Items } from '../../lambdas/mlflow/ports';
import { runLogCalls } from '../../lambdas/mlflow/run-logs';
import { loggedModelSearchCalls } from '../../lambdas/mlflow/search-logged-models';
import { runSearchCalls } from '../../lambdas/mlflow/search-runs';
import { trackingCalls } from '../../lambdas/mlflow/tracking';
import { MemoryItems } from './memory-items';

export const ADA: Identity = { kind: 'person', id: 'ada', name: 'Ada', roles: ['data-scientist'], teams: [] };
export const EVE: Identity = { ...ADA, id: 'eve', name: 'Eve' };
export const AUDITOR: Identity = { ...ADA, id: 'kim', name: 'Kim', roles: ['auditor'] };

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON, which tests look into.
type Json = any;
export interface Answer {
  readonly status: number;
  readonly json: Json;
}

/** The tracking half as a client meets it, on items in memory unless others are given. */
export class TrackingWorld<I extends Items = MemoryItems> {
  readonly store: TrackingStore;
  now = 1000;

  constructor(readonly items: I) {
    this.store = new TrackingStore(items);
  }

  async ask(name: string, body: unknown = {}, identity = ADA): Promise<Answer> {
    const [method = '', path = ''] = name.split(' ');
    const ports = { tracking: this.store, places: new Places('uploads') };
    const calls = {
      ...experimentCalls(ports),
      ...trackingCalls(ports),
      ...runLogCalls(ports),
      ...runSearchCalls(ports),
      ...loggedModelCalls(ports),
      ...loggedModelSearchCalls(ports),
    };
    const event = {
      routeKey: 'ANY /api/2.0/mlflow/{proxy+}',
      pathParameters: { proxy: path },
      ...(method === 'GET' ? { queryStringParameters: body } : {}),
      ...(method !== 'GET' && body !== undefined
        ? { body: typeof body === 'string' ? body : JSON.stringify(body) }
        : {}),
      isBase64Encoded: false,
      requestContext: { requestId: 'request-1', http: { method, path } },
    } as unknown as APIGatewayProxyEventV2WithJWTAuthorizer;
    const artifacts = { list: async () => ({ files: [] }), read: async () => ({ kind: 'link' as const, url: '' }) };
    const identify = () => ({ identity, actor: { kind: 'person' as const, id: identity.id }, at: this.now });
    const answer = await answerOf(event, identify, { calls, artifacts });
    return { status: answer.statusCode ?? 0, json: JSON.parse(answer.body ?? '{}') };
  }

  /** What is expected to work. */
  async must(name: string, body: unknown = {}, identity = ADA): Promise<Json> {
    const { status, json } = await this.ask(name, body, identity);
    if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  async run(given: object = {}, identity = ADA): Promise<string> {
    return (await this.must('POST runs/create', given, identity)).run.info.run_id;
  }

  async experiment(name: string): Promise<string> {
    return (await this.must('POST experiments/create', { name })).experiment_id;
  }

  async model(given: object = {}, identity = ADA): Promise<string> {
    return (await this.must('POST logged-models', given, identity)).model.info.model_id;
  }

  /** All pages of a search. */
  async pages(name: string, list: string, given: object): Promise<{ found: Json[]; calls: number }> {
    const found: Json[] = [];
    let page_token: string | undefined;
    let calls = 0;
    do {
      const page = await this.must(name, { ...given, page_token });
      found.push(...page[list]);
      page_token = page.next_page_token;
      calls++;
    } while (page_token !== undefined && calls < 1000);
    return { found, calls };
  }
}

export const inMemory = (): TrackingWorld => new TrackingWorld(new MemoryItems());

export const dataOf = (run: Json) => {
  const pairs = (list: Json[]) => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return { params: pairs(run.data.params), tags: pairs(run.data.tags), metrics: pairs(run.data.metrics) };
};
