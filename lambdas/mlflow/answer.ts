import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ContenderError } from '../kernel/errors';
import { logger } from '../kernel/logger';
import type { Artifacts } from './artifacts';
import type { Caller, Calls } from './call';
import { invalid, MLFLOW_CODES, Refusal, STATUS_OF } from './domain/refusal';

type Event = APIGatewayProxyEventV2WithJWTAuthorizer;

export interface Protocol {
  readonly calls: Calls;
  readonly artifacts: Pick<Artifacts, 'list' | 'read'>;
}

const json = (statusCode: number, body: object): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** What a function may answer, less what is around it. */
const MAX_ANSWER_BYTES = 6 * 2 ** 20 - 10_000;

/** Clients write arrays of a query as repeated keys, which the gateway joins by commas. */
const LISTS = new Set(['order_by', 'experiment_ids', 'stages']);

const parametersOf = (event: Event): Record<string, unknown> => {
  const query = Object.entries(event.queryStringParameters ?? {}).map(([key, value]) => [
    key,
    LISTS.has(key) ? (value ?? '').split(',') : value,
  ]);
  if (!event.body) return Object.fromEntries(query);
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body;
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('no object');
    return { ...Object.fromEntries(query), ...body };
  } catch (cause) {
    throw invalid(`the body is no JSON object: ${(cause as Error).message}`);
  }
};

/** `logged-models/m-…` is a call with the id in its path, and perhaps the key of a tag, which may have slashes. */
const callOf = (method: string, path: string): { name: string; parameters: Record<string, string> } => {
  const [, id, rest = '', key] = /^logged-models\/(m-[\w-]+)(?:(\/\w+)(?:\/(.+))?)?$/.exec(path) ?? [];
  if (id === undefined || (key !== undefined && rest !== '/tags')) return { name: `${method} ${path}`, parameters: {} };
  const parameters = { model_id: id, ...(key === undefined ? {} : { tag_key: key }) };
  return { name: `${method} logged-models/{id}${rest}`, parameters };
};

const unknownCall = (method: string, path: string): Refusal =>
  new Refusal(
    'ENDPOINT_NOT_FOUND',
    `${method} ${path.slice(0, 200)} is no part of what Contender speaks of MLflow's API`,
  );

/** A path that is not encoded as it should be is taken as it is. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const readArtifacts = async (
  path: string,
  event: Event,
  caller: Caller,
  artifacts: Protocol['artifacts'],
): Promise<APIGatewayProxyStructuredResultV2> => {
  const { method } = event.requestContext.http;
  if (method !== 'GET' || !/^artifacts(\/|$)/.test(path)) throw unknownCall(method, path);
  const inner = decoded(path.replace(/^artifacts\/?/, ''));
  if (inner === '') return json(200, await artifacts.list(event.queryStringParameters?.path ?? '', caller));
  const content = await artifacts.read(inner, caller);
  // The files lie in S3: the client follows, and leaves its token behind.
  if (content.kind === 'link') return { statusCode: 302, headers: { location: content.url } };
  return { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: content.text };
};

const dispatch = async (event: Event, caller: Caller, protocol: Protocol) => {
  const { method } = event.requestContext.http;
  const path = (event.pathParameters?.proxy ?? '').replace(/\/+$/, '');
  if (event.routeKey.includes('/mlflow-artifacts/')) return readArtifacts(path, event, caller, protocol.artifacts);
  const { name, parameters } = callOf(method, path);
  const known = protocol.calls[name];
  if (known === undefined) throw unknownCall(method, path);
  const answer = json(200, await known({ ...parametersOf(event), ...parameters }, caller));
  // As a function hands it over: a text within JSON, whose quotes count twice.
  if (Buffer.byteLength(JSON.stringify(answer)) > MAX_ANSWER_BYTES)
    throw invalid(`the answer is larger than 6 MB, which is all that one call can give; ask for less with max_results`);
  return answer;
};

const refusalOf = (error: unknown, request: string): Refusal => {
  if (error instanceof Refusal) return error;
  if (error instanceof ContenderError && error.code !== 'internal')
    return new Refusal(MLFLOW_CODES[error.code], error.message);
  logger.error('request failed', { request, error: error as Error });
  return new Refusal('INTERNAL_ERROR', `something went wrong on our side; ${request} leads operators to it`);
};

/** The answer to a call, or a refusal in the form that MLflow's clients read. */
export const answerOf = async (
  event: Event,
  identify: () => Caller,
  protocol: Protocol,
): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    return await dispatch(event, identify(), protocol);
  } catch (error) {
    const { errorCode, message } = refusalOf(error, event.requestContext.requestId);
    return json(STATUS_OF[errorCode], { error_code: errorCode, message });
  }
};
