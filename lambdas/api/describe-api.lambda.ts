import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { version } from '../../package.json';
import { logger } from '../kernel/logger';
import { apiDocument } from './domain/api-document';

/**
 * Computed at cold start and not when bundled: it takes some tens of milliseconds, and what runs is then what is described,
 * without a step of the build that could be left out or a file that could be stale.
 */
const DOCUMENT = JSON.stringify(apiDocument(version));
/** How long clients may keep it, in seconds. */
const KEPT_FOR = 300;

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  logger.info('request', { route: event.routeKey, status: 200, requestId: event.requestContext.requestId });
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': `public, max-age=${KEPT_FOR}` },
    body: DOCUMENT,
  };
};
