import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import { RegistryReader } from '../../registry/adapters/registry-reader';
import { RegistryTable } from '../../registry/adapters/registry-table';
import type { registerUploadEnvSchema } from '../contract';
import type { RegisterCopyPorts } from '../register-copy';
import type { RegisterUploadPorts } from '../register-upload';
import { archives } from './archive-reader';
import { DynamoRegistrations } from './dynamo-registrations';
import { DynamoWaitingUploads } from './dynamo-waiting-uploads';
import { S3Artifacts, S3Uploads } from './s3-uploads';

/** The use cases' ports, on AWS. */
export const wire = (env: z.output<typeof registerUploadEnvSchema>): RegisterUploadPorts & RegisterCopyPorts => {
  const s3 = new S3Client({});
  const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
  const reader = new RegistryReader(table, env.DEFAULT_POLICY);
  const artifacts = new S3Artifacts(s3, env.ARTIFACT_BUCKET);
  return {
    uploads: new S3Uploads(s3, env.UPLOAD_BUCKET),
    archives,
    artifacts,
    registered: artifacts,
    registrations: new DynamoRegistrations(table, env.NEW_MODELS),
    policies: reader,
    versions: reader,
    waiting: new DynamoWaitingUploads(table),
    now: () => Date.now(),
    maxFileBytes: env.MAX_FILE_BYTES,
    incompleteAfter: env.INCOMPLETE_AFTER,
    hosting: { deployment: env.DEPLOYMENT, sagemaker: env.SAGEMAKER },
  };
};
