import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { version as serverVersion } from '../../package.json';
import { identityFrom } from '../access/identity';
import { readEnv } from '../kernel/env';
import { TooLarge } from '../kernel/errors';
import { logger } from '../kernel/logger';
import { SecretsKeyRing } from '../predictions/adapters/secrets-key-ring';
import { ChallengerProcess } from './adapters/challenger-process';
import { LoggedEvents } from './adapters/logged-events';
import { loadOnnxSession } from './adapters/onnx-session';
import { DynamoRegistryReader } from './adapters/registry-reader';
import { S3Artifacts } from './adapters/s3-artifacts';
import { S3InputReferences } from './adapters/s3-input-references';
import { SageMakerEndpoints } from './adapters/sagemaker-endpoint';
import { composeScoring, threadsFor } from './compose';
import { inferEnvSchema, ROUTING_KEY_HEADER } from './contract';
import type { Body } from './domain/parse-json';
import { isInvocation } from './invocations-endpoint';
import { refusalOf } from './scoring-endpoint';
import type { WireResponse } from './wire';

/** Reads on the hot path fail fast: the cached route goes on serving meanwhile. */
const FAST = { maxAttempts: 2, requestHandler: { connectionTimeout: 500, requestTimeout: 1000 } };
/** Challengers get at most this share of the memory. */
const CHALLENGER_SHARE = 0.5;
const MB = 2 ** 20;
/** Lambda answers at most 6 MB: text, in which quotes are escaped, or base64. */
const MAX_TEXT = 5_500_000;
const MAX_BYTES = 4_400_000;

const env = readEnv(inferEnvSchema);
const threads = threadsFor(env.MEMORY_MB);
const s3 = new S3Client({});
const artifacts = new S3Artifacts(s3, env.ARTIFACT_BUCKET);

const { endpoint } = composeScoring({
  registry: new DynamoRegistryReader(new DynamoDBClient(FAST), env.REGISTRY_TABLE),
  artifacts,
  load: (graph) => loadOnnxSession(graph, { threads }),
  endpoints: new SageMakerEndpoints(),
  challengers: new ChallengerProcess({
    script: join(__dirname, 'score-shadow.child.js'),
    artifacts,
    threads,
    maxResidentBytes: env.MEMORY_MB * MB * CHALLENGER_SHARE,
  }),
  keys: new SecretsKeyRing(new SecretsManagerClient(FAST), env.PREDICTION_KEYS_SECRET, env.DEPLOYMENT),
  references: new S3InputReferences(s3, env.UPLOAD_BUCKET),
  events: new LoggedEvents(),
  now: Date.now,
  memoryMb: env.MEMORY_MB,
  shadowDeadlineMs: env.SHADOW_DEADLINE_MS,
  canaryDeadlineMs: env.CANARY_DEADLINE_MS,
  serverVersion,
  secured: true,
});

const bodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2WithJWTAuthorizer): Body =>
  isBase64Encoded ? Buffer.from(body, 'base64') : body;

/** Lambda takes an event of at most 6 MB; somewhat less is left for a body, of which base64 makes four thirds. */
const MAX_EVENT_BODY = 5_800_000;
const LIMIT = 'the body is over the limit of 5.8 MB as text, 4.3 MB as bytes; ';
const BY_REFERENCE =
  'leave large tensors in S3 (POST /api/v1/inputs gives a place) and name it as parameters.input_uri';
const ANSWER_TOO_LARGE =
  'the answer is larger than the 6 MB that Lambda answers; send fewer rows, or ask for fewer outputs';

const bodyTooLarge = (path: string): WireResponse =>
  refusalOf(path, new TooLarge(LIMIT + (isInvocation(path) ? 'send fewer rows' : BY_REFERENCE)));

const toGateway = (path: string, { status, headers, body }: WireResponse): APIGatewayProxyStructuredResultV2 => {
  const isText = typeof body === 'string';
  if (body.length > (isText ? MAX_TEXT : MAX_BYTES))
    return toGateway(path, refusalOf(path, new TooLarge(ANSWER_TOO_LARGE)));
  return isText
    ? { statusCode: status, headers: { ...headers }, body }
    : { statusCode: status, headers: { ...headers }, body: body.toString('base64'), isBase64Encoded: true };
};

/** Who asked what and how it went; never what was in it. */
const logRequest = (
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
  response: WireResponse,
  startedAt: number,
): void => {
  const { requestId, http } = event.requestContext;
  const ms = Math.round((performance.now() - startedAt) * 100) / 100;
  const line = { method: http.method, path: event.rawPath, status: response.status, ms, requestId, ...response.facts };
  if (response.error === undefined) logger.info('request', line);
  else logger.error('request', { ...line, error: response.error as Error });
};

export const handler = async (
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const startedAt = performance.now();
  const response =
    (event.body?.length ?? 0) > MAX_EVENT_BODY
      ? bodyTooLarge(event.rawPath)
      : await endpoint.answer({
          method: event.requestContext.http.method,
          path: event.rawPath,
          body: bodyOf(event),
          header: (name) => event.headers[name],
          routingKey: event.headers[ROUTING_KEY_HEADER] || event.requestContext.requestId,
          identity: () => identityFrom(event),
        });
  logRequest(event, response, startedAt);
  return toGateway(event.rawPath, response);
};
