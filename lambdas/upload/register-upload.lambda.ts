import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryTable } from '../registry/adapters/registry-table';
import { DynamoRegistrations } from './adapters/dynamo-registrations';
import { S3Artifacts, S3Uploads } from './adapters/s3-uploads';
import { objectCreatedSchema, registerUploadEnvSchema } from './contract';
import { registerUpload } from './register-upload';

const env = readEnv(registerUploadEnvSchema);
const s3 = new S3Client({});
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const ports = {
  uploads: new S3Uploads(s3, env.UPLOAD_BUCKET),
  artifacts: new S3Artifacts(s3, env.ARTIFACT_BUCKET),
  registrations: new DynamoRegistrations(table, env.NEW_MODELS),
  now: () => Date.now(),
  maxFileBytes: env.MAX_FILE_BYTES,
  hosting: { deployment: env.DEPLOYMENT, sagemaker: env.SAGEMAKER },
};

/** One message after the other: two events of one folder would only race each other. A failed one alone comes back. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
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
