import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { LambdaSandbox } from './adapters/lambda-sandbox';
import { RegistryRecords } from './adapters/registry-records';
import { S3ArtifactStore } from './adapters/s3-artifact-store';
import { type EvaluateVersionResult, evaluateVersionEnvSchema, evaluateVersionEventSchema } from './contract';
import { type EvaluateVersionPorts, evaluateVersion } from './evaluate-version';

const env = readEnv(evaluateVersionEnvSchema);
/** Seconds that reaching a sandbox may take beside what it takes itself. */
const MARGIN_SECONDS = 10;
const waitSeconds = env.SANDBOX_TIMEOUT_SECONDS + MARGIN_SECONDS;
/** Milliseconds of each version's turn that are no part of its own: a cold start, downloads, the answer's way back. */
const TURN_MARGIN_MS = 25_000;
const LEAST_TURN_MS = 1000;

const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
// One attempt: an evaluation takes minutes, and the state machine knows better when to try again.
const lambda = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: waitSeconds * 1000 } });
const ports: Omit<EvaluateVersionPorts, 'places'> = {
  records: new RegistryRecords(table, new RegistryReader(table, env.DEFAULT_POLICY)),
  // Champion and candidate may run one after the other.
  artifacts: new S3ArtifactStore(new S3Client({}), env.ARTIFACT_BUCKET, 2 * waitSeconds),
  hostedRows: env.HOSTED_ROWS,
  now: () => Date.now(),
};
const sandbox = new LambdaSandbox(lambda, env.SANDBOX_FUNCTION);
const endpoints = env.HOSTED_FUNCTION === '' ? undefined : new LambdaSandbox(lambda, env.HOSTED_FUNCTION);

const turnsWithin = (context: Context) => (versions: number) =>
  Math.max(LEAST_TURN_MS, Math.floor(context.getRemainingTimeInMillis() / versions) - TURN_MARGIN_MS);

export const handler = async (event: unknown, context: Context): Promise<EvaluateVersionResult> => {
  const start = Date.now();
  const asked = evaluateVersionEventSchema.parse(event);
  try {
    const result = await evaluateVersion(asked, {
      ...ports,
      places: { sandbox, endpoints, timeMs: turnsWithin(context) },
    });
    logger.info('evaluation', { ...result, ms: Date.now() - start });
    return result;
  } catch (error) {
    logger.error('evaluation failed and will be tried again', {
      ...asked,
      ms: Date.now() - start,
      error: error as Error,
    });
    throw error;
  }
};
