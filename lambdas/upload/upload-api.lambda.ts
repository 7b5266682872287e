import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { z } from 'zod';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { Forbidden, NotFound, TooLarge } from '../kernel/errors';
import { apiHandler, route } from '../kernel/http';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { modelNameSchema } from '../registry/contract';
import { DynamoSlots } from './adapters/dynamo-slots';
import { openSlotSchema, type Slot, uploadApiEnvSchema } from './contract';

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

const openSlot = route({
  path: z.object({ model: modelNameSchema }),
  body: openSlotSchema,
  handle: async ({ path: { model }, body, identity }) => {
    requireRole(identity, 'model:upload');
    // A model's first upload makes it: there is nothing yet that could be restricted.
    if (await reader.findModel(model)) authorize(identity, 'model:upload', await reader.access(model));
    const tooLarge = body.files.find((file) => file.size > env.MAX_FILE_BYTES);
    if (tooLarge)
      throw new TooLarge(`${tooLarge.path} has ${tooLarge.size} bytes, over the limit of ${env.MAX_FILE_BYTES}`);
    const openedAt = Date.now();
    const uploader = { kind: identity.kind, id: identity.id, name: identity.name };
    const slot: Slot = {
      slot: randomBytes(18).toString('base64url'),
      model,
      uploader,
      openedAt,
      expiresAt: openedAt + SLOT_SECONDS * 1000,
    };
    await slots.open(slot);
    const prefix = `inbox/${model}/slot-${slot.slot}/`;
    const files = await Promise.all(body.files.map(async ({ path }) => ({ path, url: await presign(prefix + path) })));
    return { status: 201, body: { slot: slot.slot, prefix, expiresAt: slot.expiresAt, files } };
  },
});

const readSlot = route({
  path: z.object({ slot: z.string().max(64) }),
  handle: async ({ path, identity }) => {
    const found = await slots.find(path.slot);
    if (!found) throw new NotFound(`there is no upload ${path.slot}`);
    if (found.slot.uploader.id !== identity.id) throw new Forbidden('an upload is shown only to who opened it');
    return { body: found.status };
  },
});

export const handler = apiHandler({
  'POST /api/v1/models/{model}/uploads': openSlot,
  'GET /api/v1/uploads/{slot}': readSlot,
});
