import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { InvalidInput } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { RegistryReader } from './adapters/registry-reader';
import { RegistryTable } from './adapters/registry-table';
import { S3AuditCopies } from './adapters/s3-audit-copies';
import { AUDIT_COPIES_API, auditCopiesApiEnvSchema } from './contract';
import { authorizeRecord, mayReadRecord } from './record-access';

const env = readEnv(auditCopiesApiEnvSchema);
const reader = new RegistryReader(new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE));
const copies = new S3AuditCopies(new S3Client({}), env.AUDIT_VAULT);

const listAuditCopies: Handles<typeof AUDIT_COPIES_API>['listAuditCopies'] = async ({ path, query, identity }) => {
  await authorizeRecord(identity, path.model, reader);
  if (query.cursor !== undefined && !/^\d{1,10}$/.test(query.cursor))
    throw new InvalidInput('the cursor is not one that this list gave out; start without a cursor');
  return { body: await copies.page(path.model, query) };
};

const listCopiedModels: Handles<typeof AUDIT_COPIES_API>['listCopiedModels'] = async ({ query, identity }) => {
  requireRole(identity, 'audit:read');
  const page = await copies.models(query);
  const readable = await Promise.all(page.items.map(({ model }) => mayReadRecord(identity, model, reader)));
  return { body: { ...page, items: page.items.filter((_, i) => readable[i]) } };
};

export const handler = apiHandler(AUDIT_COPIES_API, { listAuditCopies, listCopiedModels });
