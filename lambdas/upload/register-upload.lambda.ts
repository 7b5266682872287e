import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { InvalidInput } from '../kernel/errors';
import { logger } from '../kernel/logger';
import { RegistryTable } from '../registry/adapters/registry-table';
import { archives } from './adapters/archive-reader';
import { DynamoRegistrations } from './adapters/dynamo-registrations';
import { S3Artifacts, S3Uploads } from './adapters/s3-uploads';
import {
  objectCreatedSchema,
  type RegisterAnswer,
  type RegisterRequest,
  registerRequestSchema,
  registerUploadEnvSchema,
} from './contract';
import { registerPrefix, registerUpload } from './register-upload';

const env = readEnv(registerUploadEnvSchema);
const s3 = new S3Client({});
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const ports = {
  uploads: new S3Uploads(s3, env.UPLOAD_BUCKET),
  archives,
  artifacts: new S3Artifacts(s3, env.ARTIFACT_BUCKET),
  registrations: new DynamoRegistrations(table, env.NEW_MODELS),
  now: () => Date.now(),
  maxFileBytes: env.MAX_FILE_BYTES,
  hosting: { deployment: env.DEPLOYMENT, sagemaker: env.SAGEMAKER },
};

/** One message after the other: two events of one folder would only race each other. A failed one alone comes back. */
const registerEvents = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of event.Records) {
    try {
      const { detail } = objectCreatedSchema.parse(JSON.parse(record.body));
      const result = await registerUpload(detail.bucket.name, detail.object.key, ports);
      logger.info('upload', { key: detail.object.key, ...result });
    } catch (error) {
      logger.error('upload could not be registered', { messageId: record.messageId, error: error as Error });
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
};

const registerRequested = async (event: unknown): Promise<RegisterAnswer> => {
  const parsed = registerRequestSchema.safeParse(event);
  if (!parsed.success)
    throw new InvalidInput(`the request to register is not as it should be: ${z.prettifyError(parsed.error)}`);
  const request = parsed.data;
  if (request.bucket !== env.UPLOAD_BUCKET)
    throw new InvalidInput(`models are registered from the bucket ${env.UPLOAD_BUCKET}, not from ${request.bucket}`);
  const answer = await registerPrefix(request, ports);
  logger.info('upload', { key: request.prefix, model: request.model, ...answer });
  return answer;
};

/** Takes events from the queue, and requests by direct invocation. */
export const handler = (event: SQSEvent | RegisterRequest): Promise<SQSBatchResponse | RegisterAnswer> =>
  'Records' in event ? registerEvents(event) : registerRequested(event);
