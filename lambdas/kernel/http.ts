import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { z } from 'zod';
import type { Identity } from '../access/contract';
import { identityFrom } from '../access/identity';
import { ContenderError, HTTP_STATUS, InvalidInput, NotFound } from './errors';
import { logger } from './logger';

type ApiEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

/** A request whose path, query and body have passed the route's schemas. */
export interface ApiRequest<P, Q, B> {
  readonly path: P;
  readonly query: Q;
  readonly body: B;
  readonly identity: Identity;
  readonly requestId: string;
}

export interface ApiResponse {
  readonly status?: number;
  readonly body: unknown;
}

export interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly path: P;
  readonly query: Q;
  readonly body: B;
  readonly handle: (request: ApiRequest<z.output<P>, z.output<Q>, z.output<B>>) => Promise<ApiResponse>;
}

/** A route with its types sealed in, so that routes of different shapes share one table. */
export type Route = (event: ApiEvent) => Promise<ApiResponse>;

const nothing = z.object({});

const parsePart = <S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw new InvalidInput(`the ${part} is not as it should be: ${faults.join('; ')}`);
};

const bodyOf = (event: ApiEvent): unknown => {
  if (!event.body) return {};
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`the body is no JSON: ${(cause as Error).message}`, { cause });
  }
};

/** Declares a route; parts left out admit anything and reach the handler empty. */
export const route = <
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof nothing,
>(
  spec: Partial<Pick<RouteSpec<P, Q, B>, 'path' | 'query' | 'body'>> & Pick<RouteSpec<P, Q, B>, 'handle'>,
): Route => {
  return async (event) =>
    spec.handle({
      path: parsePart(spec.path ?? nothing, event.pathParameters ?? {}, 'path') as z.output<P>,
      query: parsePart(spec.query ?? nothing, event.queryStringParameters ?? {}, 'query') as z.output<Q>,
      body: parsePart(spec.body ?? nothing, spec.body ? bodyOf(event) : {}, 'body') as z.output<B>,
      identity: identityFrom(event),
      requestId: event.requestContext.requestId,
    });
};

/** problem+json (RFC 9457) of an error; what is not one of ours says nothing about its inside. */
const problemOf = (error: unknown, instance: string): APIGatewayProxyStructuredResultV2 => {
  const known = error instanceof ContenderError;
  const status = known ? HTTP_STATUS[error.code] : 500;
  if (status >= 500) logger.error('request failed', { instance, error: error as Error });
  const detail =
    known && status !== 500 ? error.message : 'something went wrong on our side; the request id leads operators to it';
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title: known ? error.code : 'internal', status, detail, instance }),
  };
};

/**
 * Handler of a room's API. Keys are the gateway's route keys, such as `GET /api/v1/models/{model}`.
 * Every request leaves one log line; no error leaves a stack trace.
 */
export const apiHandler =
  (routes: Readonly<Record<string, Route>>) =>
  async (event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const instance = event.requestContext.requestId;
    const respond = async (): Promise<APIGatewayProxyStructuredResultV2> => {
      const handle = routes[event.routeKey];
      if (!handle) throw new NotFound(`there is no ${event.requestContext.http.method} ${event.rawPath}`);
      const response = await handle(event);
      return {
        statusCode: response.status ?? 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(response.body),
      };
    };
    const result = await respond().catch((error) => problemOf(error, instance));
    logger.info('request', { route: event.routeKey, status: result.statusCode, requestId: instance });
    return result;
  };

/** Query part of every list: `limit` 1 to 200 (default 50) and an opaque `cursor` from the page before. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2048).optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Present when there is more. */
  readonly cursor?: string;
}
