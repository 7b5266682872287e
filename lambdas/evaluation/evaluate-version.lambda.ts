import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { LambdaSandbox } from './adapters/lambda-sandbox';
import { RegistryRecords } from './adapters/registry-records';
import { S3ArtifactStore } from './adapters/s3-artifact-store';
import { type EvaluateVersionResult, evaluateVersionEnvSchema, evaluateVersionEventSchema } from './contract';
import { evaluateVersion } from './evaluate-version';

const env = readEnv(evaluateVersionEnvSchema);
/** Seconds that reaching the sandbox may take beside what it takes itself. */
const MARGIN_SECONDS = 10;
const waitSeconds = env.SANDBOX_TIMEOUT_SECONDS + MARGIN_SECONDS;

const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
// One attempt: an evaluation takes minutes, and the state machine knows better when to try again.
const lambda = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: waitSeconds * 1000 } });
const ports = {
  records: new RegistryRecords(table, new RegistryReader(table, env.DEFAULT_POLICY)),
  artifacts: new S3ArtifactStore(new S3Client({}), env.ARTIFACT_BUCKET, waitSeconds),
  sandbox: new LambdaSandbox(lambda, env.SANDBOX_FUNCTION),
  now: () => Date.now(),
};

export const handler = async (event: unknown): Promise<EvaluateVersionResult> => {
  const start = Date.now();
  const asked = evaluateVersionEventSchema.parse(event);
  try {
    const result = await evaluateVersion(asked, ports);
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
