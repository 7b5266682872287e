import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import Negotiator from 'negotiator';
import * as z from 'zod';
import type { Identity } from '../access/contract';
import { identityFrom } from '../access/identity';
import type { Api, Operation, Problem } from './contract';
import { ContenderError, HTTP_STATUS, InvalidInput, NotFound } from './errors';
import { logger } from './logger';

type ApiEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

/** A request whose path, query and body have passed the operation's schemas. */
export interface ApiRequest<P, Q, B> {
  readonly path: P;
  readonly query: Q;
  readonly body: B;
  readonly identity: Identity;
  readonly requestId: string;
  /** Whether `Accept` puts the operation's text before JSON. */
  readonly prefersText: boolean;
}

type Nothing = Readonly<Record<never, never>>;
type Part<O extends Operation, K extends 'params' | 'query' | 'body'> =
  O extends Readonly<Record<K, infer S extends z.ZodType>> ? z.output<S> : Nothing;

/** Text in place of JSON, where the operation declares its media type. */
type TextOf<O extends Operation> = O extends { readonly text: string } ? { readonly text: string } : never;

/** Does what one operation is declared to do; it gets what passed the schemas, and its answer fits the declared one. */
export type Handle<O extends Operation> = (
  request: ApiRequest<Part<O, 'params'>, Part<O, 'query'>, Part<O, 'body'>>,
) => Promise<{ readonly body: z.output<O['answer']> } | TextOf<O>>;

/** A handle for each of a room's operations; one too many or too few does not compile. */
export type Handles<A extends Api> = { readonly [K in keyof A]: Handle<A[K]> };

/** A handle with its types sealed in: only its own operation's schemas make its requests. */
type SealedHandle = (
  request: ApiRequest<unknown, unknown, unknown>,
) => Promise<{ readonly body: unknown } | { readonly text: string }>;

const nothing = z.object({});

const parsePart = <S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw new InvalidInput(`the ${part} is not as it should be: ${faults.join('; ')}`);
};

const bodyOf = (event: ApiEvent): unknown => {
  if (!event.body) throw new InvalidInput('the body is missing; send a JSON object, {} where all of it has defaults');
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`the body is no JSON: ${(cause as Error).message}`, { cause });
  }
};

/** What an `Accept` header asks for that is neither, or is missing, is answered with JSON (RFC 9110, 12.5.1). */
const prefersText = ({ text }: Operation, { headers }: ApiEvent): boolean =>
  text !== undefined && new Negotiator({ headers }).mediaType(['application/json', text]) === text;

const requestOf = (operation: Operation, event: ApiEvent): ApiRequest<unknown, unknown, unknown> => ({
  path: parsePart(operation.params ?? nothing, event.pathParameters ?? {}, 'path'),
  query: parsePart(operation.query ?? nothing, event.queryStringParameters ?? {}, 'query'),
  body: parsePart(operation.body ?? nothing, operation.body ? bodyOf(event) : {}, 'body'),
  identity: identityFrom(event),
  requestId: event.requestContext.requestId,
  prefersText: prefersText(operation, event),
});

/** problem+json (RFC 9457) of an error; what is not one of ours says nothing about its inside. */
const problemOf = (error: unknown, instance: string): APIGatewayProxyStructuredResultV2 => {
  const known = error instanceof ContenderError;
  const status = known ? HTTP_STATUS[error.code] : 500;
  if (status >= 500) logger.error('request failed', { instance, error: error as Error });
  const detail =
    known && status !== 500 ? error.message : 'something went wrong on our side; the request id leads operators to it';
  const problem: Problem = { type: 'about:blank', title: known ? error.code : 'internal', status, detail, instance };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem),
  };
};

const routesOf = <A extends Api>(api: A, handles: Handles<A>): ReadonlyMap<string, [Operation, SealedHandle]> =>
  new Map(
    Object.entries(api).map(([id, operation]) => [
      `${operation.method} ${operation.path}`,
      // Handles<A> has exactly the keys of A, and requestOf parses by the same operation.
      [operation, handles[id] as SealedHandle],
    ]),
  );

/**
 * Handler of a room's API: one handle for each operation.
 * Every request leaves one log line; no error leaves a stack trace.
 */
export const apiHandler = <A extends Api>(api: A, handles: Handles<A>) => {
  const routes = routesOf(api, handles);
  const respond = async (event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const [operation, handle] = routes.get(event.routeKey) ?? [];
    if (!operation || !handle) throw new NotFound(`there is no ${event.requestContext.http.method} ${event.rawPath}`);
    const answer = await handle(requestOf(operation, event));
    const isText = 'text' in answer;
    return {
      statusCode: operation.status ?? 200,
      headers: {
        'content-type': isText ? `${operation.text}; charset=utf-8` : 'application/json',
        ...(operation.text === undefined ? {} : { vary: 'accept' }),
      },
      body: isText ? answer.text : JSON.stringify(answer.body),
    };
  };
  return async (event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const instance = event.requestContext.requestId;
    const result = await respond(event).catch((error) => problemOf(error, instance));
    logger.info('request', { route: event.routeKey, status: result.statusCode, requestId: instance });
    return result;
  };
};
