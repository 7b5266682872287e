import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { apiHandler, type Handles } from '../kernel/http';
import { randomUlid } from '../kernel/random-ulid';
import { openInputEnvSchema } from './contract';
import { requestPrefixOf } from './domain/input-place';
import { INPUTS_API } from './schemas/inputs-api';

const env = readEnv(openInputEnvSchema);
// The URL says nothing about checksums: any HTTP client can use it.
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

/** How long the URL works, in seconds. */
const URL_SECONDS = 900;

const openInput: Handles<typeof INPUTS_API>['openInput'] = async ({ body: { size }, identity }) => {
  requireRole(identity, 'prediction:create');
  const now = Date.now();
  const Key = `${requestPrefixOf(identity)}${randomUlid(now)}`;
  // The length is signed: S3 takes exactly so many bytes.
  const put = new PutObjectCommand({ Bucket: env.UPLOAD_BUCKET, Key, ContentLength: size });
  const url = await getSignedUrl(s3, put, { expiresIn: URL_SECONDS });
  return { body: { uri: `s3://${env.UPLOAD_BUCKET}/${Key}`, url, expiresAt: now + URL_SECONDS * 1000 } };
};

export const handler = apiHandler(INPUTS_API, { openInput });
