import { InvalidInput } from '../lambdas/kernel/errors';
import { refusalOf } from '../lambdas/scoring/scoring-endpoint';
import { jsonResponse, type WireRequest, type WireResponse } from '../lambdas/scoring/wire';

interface Endpoint {
  /** Never rejects. */
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
  /** What the server itself refuses at a path. */
  readonly refuse: (path: string, error: unknown) => WireResponse;
}

/**
 * The contract of a SageMaker container on top of scoring: `GET /ping`, and `POST /invocations` for its one model in the
 * MLflow scoring protocol.
 */
export const withContainerContract = (answer: Endpoint['answer'], models: readonly string[]): Endpoint => {
  const [only, ...others] = models;
  const invocations = `/models/${encodeURIComponent(only ?? '')}/invocations`;
  const ambiguous = new InvalidInput(
    `this server holds several models; ask /models/<one of ${models.join(', ')}>/invocations`,
  );
  return {
    answer: (request) => {
      const { path, method, body, routingKey } = request;
      if (path === '/ping' && method === 'GET') return Promise.resolve(jsonResponse(200, {}));
      if (path !== '/invocations') return answer(request);
      if (others.length > 0) return Promise.resolve(refusalOf(invocations, ambiguous));
      const header = (name: string) => request.header(name);
      return answer({ method, path: invocations, body, routingKey, header, identity: () => request.identity() });
    },
    refuse: (path, error) => refusalOf(path === '/invocations' ? invocations : path, error),
  };
};
