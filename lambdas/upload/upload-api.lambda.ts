import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { actorOf } from '../access/domain/actor';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { Forbidden, InvalidInput, NotFound, TooLarge } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { DynamoSlots } from './adapters/dynamo-slots';
import { type Slot, uploadApiEnvSchema } from './contract';
import { executableFault } from './domain/refuse-executable';
import { UPLOAD_API } from './schemas/api';

const env = readEnv(uploadApiEnvSchema);
// The URL says nothing about checksums: any HTTP client can use it.
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table);
const slots = new DynamoSlots(table);

/** How long the URLs of a slot work, in seconds. */
const SLOT_SECONDS = 900;

const presign = (key: string): Promise<string> =>
  getSignedUrl(s3, new PutObjectCommand({ Bucket: env.UPLOAD_BUCKET, Key: key }), { expiresIn: SLOT_SECONDS });

const openUpload: Handles<typeof UPLOAD_API>['openUpload'] = async ({ path: { model }, body, identity }) => {
  requireRole(identity, 'model:upload');
  // A model's first upload makes it: there is nothing yet that could be restricted.
  if (await reader.findModel(model)) authorize(identity, 'model:upload', await reader.access(model));
  const tooLarge = body.files.find((file) => file.size > env.MAX_FILE_BYTES);
  if (tooLarge)
    throw new TooLarge(`${tooLarge.path} has ${tooLarge.size} bytes, over the limit of ${env.MAX_FILE_BYTES}`);
  const fault = executableFault(body.files.map((file) => file.path));
  if (fault !== undefined) throw new InvalidInput(fault);
  const openedAt = Date.now();
  const slot: Slot = {
    slot: randomBytes(18).toString('base64url'),
    model,
    uploader: actorOf(identity),
    openedAt,
    expiresAt: openedAt + SLOT_SECONDS * 1000,
    files: body.files,
  };
  await slots.open(slot);
  const prefix = `inbox/${model}/slot-${slot.slot}/`;
  const files = await Promise.all(body.files.map(async ({ path }) => ({ path, url: await presign(prefix + path) })));
  return { body: { slot: slot.slot, prefix, expiresAt: slot.expiresAt, files } };
};

const readUpload: Handles<typeof UPLOAD_API>['readUpload'] = async ({ path, identity }) => {
  const found = await slots.find(path.slot);
  if (!found) throw new NotFound(`there is no upload ${path.slot}`);
  if (found.slot.uploader.id !== identity.id) throw new Forbidden('an upload is shown only to who opened it');
  return { body: found.status };
};

export const handler = apiHandler(UPLOAD_API, { openUpload, readUpload });
