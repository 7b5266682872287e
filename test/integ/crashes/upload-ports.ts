import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { archives } from '../../../lambdas/upload/adapters/archive-reader';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { DynamoWaitingUploads } from '../../../lambdas/upload/adapters/dynamo-waiting-uploads';
import { S3Artifacts, S3Uploads } from '../../../lambdas/upload/adapters/s3-uploads';
import type { RegisterUploadPorts } from '../../../lambdas/upload/register-upload';
import type { Process, RegistryAccount } from './registry-account';

/** What registers uploads, with the clients of one process. */
export const uploadPorts = (account: RegistryAccount, { s3, table }: Process, at = 1000): RegisterUploadPorts => ({
  uploads: new S3Uploads(s3, account.uploads),
  archives,
  artifacts: new S3Artifacts(s3, account.artifacts),
  registrations: new DynamoRegistrations(table, 'restricted'),
  policies: new RegistryReader(table),
  waiting: new DynamoWaitingUploads(table),
  incompleteAfter: 'PT1H',
  now: () => at,
  maxFileBytes: 10_000_000,
  hosting: { deployment: 'test', sagemaker: 'off' },
});
