import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { actorOf } from '../access/domain/actor';
import { requireRole } from '../access/domain/authorize';
import { identityFrom } from '../access/identity';
import { readEnv } from '../kernel/env';
import { apiHandler } from '../kernel/http';
import { logger } from '../kernel/logger';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { CallerCredentials } from './adapters/caller-credentials';
import { DynamoItems } from './adapters/dynamo-items';
import { LambdaRegistrar } from './adapters/lambda-registrar';
import { NotesStore } from './adapters/notes-store';
import { TrackingStore } from './adapters/tracking-store';
import { answerOf } from './answer';
import { Artifacts } from './artifacts';
import type { Caller } from './call';
import { CREDENTIALS_API, mlflowApiEnvSchema } from './contract';
import type { Register } from './create-version';
import { experimentCalls } from './experiments';
import { loggedModelCalls } from './logged-models';
import { modelVersionCalls } from './model-versions';
import { ModelViews } from './model-views';
import { Places } from './places';
import { registeredModelCalls } from './registered-models';
import { runLogCalls } from './run-logs';
import { loggedModelSearchCalls } from './search-logged-models';
import { runSearchCalls } from './search-runs';
import { trackingCalls } from './tracking';
import { Sources } from './version-sources';

const env = readEnv(mlflowApiEnvSchema);
const dynamo = new DynamoDBClient({});
const s3 = new S3Client({});
// A registration is asked for once a call: whoever is told to try again does so.
const lambda = new LambdaClient({ maxAttempts: 1 });
const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table);
const notes = new NotesStore(table, reader, env.NEW_MODELS);
const tracking = new TrackingStore(new DynamoItems(dynamo, env.REGISTRY_TABLE));
const views = new ModelViews(table, reader, notes);
const places = new Places(env.UPLOAD_BUCKET);
const credentials = new CallerCredentials(new STSClient({}), env.CLIENT_ROLE, places);

const LINK_SECONDS = 300;
const artifacts = new Artifacts(views, (version, path) =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket: env.ARTIFACT_BUCKET, Key: version.artifactPrefix + path }), {
    expiresIn: LINK_SECONDS,
  }),
);

const registrar = new LambdaRegistrar(lambda, env.REGISTER_FUNCTION);
const register: Register = (request) => registrar.register(request);

const calls = {
  ...registeredModelCalls({ views, notes }),
  ...modelVersionCalls({ views, notes, sources: new Sources(views, tracking, places), register }),
  ...experimentCalls({ tracking, places }),
  ...trackingCalls({ tracking, places }),
  ...runLogCalls({ tracking, places }),
  ...runSearchCalls({ tracking, places }),
  ...loggedModelCalls({ tracking, places }),
  ...loggedModelSearchCalls({ tracking, places }),
};

const giveCredentials = apiHandler(CREDENTIALS_API, {
  giveCredentials: async ({ identity }) => {
    requireRole(identity, 'model:upload');
    return { body: await credentials.for(identity) };
  },
});

const speakMlflow = async (
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const start = Date.now();
  const identify = (): Caller => {
    const identity = identityFrom(event);
    return { identity, actor: actorOf(identity), at: start };
  };
  const answer = await answerOf(event, identify, { calls, artifacts });
  const { method, path } = event.requestContext.http;
  logger.info('request', { method, path, status: answer.statusCode, ms: Date.now() - start });
  return answer;
};

/** The protocol of MLflow's clients, and credentials for what they upload. */
export const handler = (event: APIGatewayProxyEventV2WithJWTAuthorizer): Promise<APIGatewayProxyStructuredResultV2> =>
  event.routeKey.endsWith(CREDENTIALS_API.giveCredentials.path) ? giveCredentials(event) : speakMlflow(event);
