import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Identity } from '../access/contract';
import { authorize } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { apiHandler } from '../kernel/http';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { VersionDossiers } from './adapters/version-dossiers';
import { exportsApiEnvSchema } from './contract';
import { cardMarkdown } from './domain/card-markdown';
import { mlBom } from './domain/ml-bom';
import { modelCard } from './domain/model-card';
import { openLineage } from './domain/open-lineage';
import { EXPORTS_API } from './schemas/api';
import type { ModelCard } from './schemas/model-card';

const env = readEnv(exportsApiEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table);
const dossiers = new VersionDossiers(table, reader, new S3Client({}), env.ARTIFACT_BUCKET);

const cardFor = async (model: string, version: number, identity: Identity): Promise<ModelCard> => {
  authorize(identity, 'model:read', await reader.access(model));
  return modelCard(await dossiers.of(model, version));
};

export const handler = apiHandler(EXPORTS_API, {
  readCard: async ({ path: { model, version }, query: { format }, identity, prefersText }) => {
    const card = await cardFor(model, version, identity);
    const isMarkdown = format === undefined ? prefersText : format === 'markdown';
    return isMarkdown ? { text: cardMarkdown(card) } : { body: card };
  },
  readOpenLineage: async ({ path: { model, version }, identity }) => ({
    body: { events: openLineage(await cardFor(model, version, identity), env.DEPLOYMENT) },
  }),
  readBom: async ({ path: { model, version }, identity }) => ({ body: mlBom(await cardFor(model, version, identity)) }),
});
