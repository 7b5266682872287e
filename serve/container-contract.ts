import { jsonResponse, type WireRequest, type WireResponse } from '../lambdas/scoring/wire';

type Answer = (request: WireRequest) => Promise<WireResponse>;

/**
 * The contract of a SageMaker container on top of scoring: `GET /ping`, and `POST /invocations` for its one model in the
 * MLflow scoring protocol.
 */
export const withContainerContract = (answer: Answer, models: readonly string[]): Answer => {
  const [only, ...others] = models;
  const invocations = `/models/${encodeURIComponent(only ?? '')}/invocations`;
  const ambiguous = jsonResponse(400, {
    error_code: 'BAD_REQUEST',
    message: `this server holds several models; ask /models/<one of ${models.join(', ')}>/invocations`,
  });
  return async (request) => {
    if (request.path === '/ping' && request.method === 'GET') return jsonResponse(200, {});
    if (request.path !== '/invocations') return answer(request);
    return others.length > 0 ? ambiguous : answer({ ...request, path: invocations });
  };
};
