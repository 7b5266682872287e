import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

interface Wanted {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** @default a data scientist called Ada; null for a route without an authorizer */
  readonly claims?: Record<string, string> | null;
}

export const claimsOf = (id: string, ...groups: readonly string[]): Record<string, string> => ({
  sub: id,
  username: id,
  'cognito:groups': `[${groups.join(' ')}]`,
});

/** A request as the gateway hands it to a handler, as far as handlers look at it. */
export const apiEvent = (routeKey: string, wanted: Wanted = {}): APIGatewayProxyEventV2WithJWTAuthorizer => {
  const [method = 'GET', rawPath = '/'] = routeKey.split(' ');
  const claims = wanted.claims === undefined ? claimsOf('ada', 'data-scientist') : wanted.claims;
  const event = {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: wanted.headers ?? {},
    isBase64Encoded: false,
    ...(wanted.path ? { pathParameters: wanted.path } : {}),
    ...(wanted.query ? { queryStringParameters: wanted.query } : {}),
    ...(wanted.body === undefined
      ? {}
      : { body: typeof wanted.body === 'string' ? wanted.body : JSON.stringify(wanted.body) }),
    requestContext: {
      accountId: '1',
      apiId: 'api',
      domainName: 'api',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey,
      stage: '$default',
      time: '',
      timeEpoch: 0,
      authorizer: { principalId: '', integrationLatency: 0, jwt: { claims: claims ?? {}, scopes: [] } },
    },
  };
  if (claims === null) Object.assign(event.requestContext, { authorizer: undefined });
  return event;
};

/** Status and parsed body of an answer. */
export const answerOf = (result: APIGatewayProxyStructuredResultV2) => ({
  status: result.statusCode,
  body: JSON.parse(result.body ?? 'null'),
});
