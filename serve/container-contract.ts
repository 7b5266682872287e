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
    answer: async (request) => {
      if (request.path === '/ping' && request.method === 'GET') return jsonResponse(200, {});
      if (request.path !== '/invocations') return answer(request);
      return others.length > 0 ? refusalOf(invocations, ambiguous) : answer({ ...request, path: invocations });
    },
    refuse: (path, error) => refusalOf(path === '/invocations' ? invocations : path, error),
  };
};
