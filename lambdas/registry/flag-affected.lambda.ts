import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { DynamoLineage } from './adapters/dynamo-lineage';
import { RegistryTable } from './adapters/registry-table';
import { SnsOwners } from './adapters/sns-owners';
import { datasetRefSchema, flagAffectedEnvSchema } from './contract';
import { flagAffected } from './withdraw-dataset';

const env = readEnv(flagAffectedEnvSchema);
const ports = {
  store: new DynamoLineage(new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE)),
  owners: new SnsOwners(new SNSClient({}), env.NOTICE_TOPIC, env.DEPLOYMENT),
  now: () => Date.now(),
};

const eventSchema = z.object({
  detail: z.object({ data: z.object({ dataset: datasetRefSchema, origin: z.boolean() }) }),
});

/** A withdrawal is worked through, from the one event that began it; told again, it goes on where it was. */
export const handler = async (event: unknown): Promise<void> => {
  const { dataset, origin } = eventSchema.parse(event).detail.data;
  const affected = origin ? await flagAffected(dataset, ports) : 0;
  logger.info('dataset withdrawn', { dataset, origin, affected });
};
