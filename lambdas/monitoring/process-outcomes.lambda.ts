import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { DynamoEvidenceStore } from './adapters/dynamo-evidence-store';
import { RegistryWeighing } from './adapters/registry-weighing';
import { outcomeBatchSchema, processOutcomesEnvSchema } from './contract';
import { processOutcomes } from './process-outcomes';

const env = readEnv(processOutcomesEnvSchema);
const dynamo = new DynamoDBClient({});
const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
const ports = {
  store: new DynamoEvidenceStore(dynamo, env.EVIDENCE_TABLE),
  weighing: new RegistryWeighing(new RegistryReader(table, env.DEFAULT_POLICY), table),
  now: () => Date.now(),
};

/** In order within a group: what follows a failed message of the same version waits for it. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const failedGroups = new Set<string>();
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of event.Records) {
    const group = record.attributes.MessageGroupId ?? record.messageId;
    try {
      if (failedGroups.has(group)) throw new Error('an earlier message of the same version failed');
      const batch = outcomeBatchSchema.parse(JSON.parse(record.body));
      const result = await processOutcomes(batch, ports);
      logger.info('outcomes', { model: batch.model, version: batch.version, ...result });
    } catch (error) {
      failedGroups.add(group);
      batchItemFailures.push({ itemIdentifier: record.messageId });
      logger.error('outcomes could not be processed', { messageId: record.messageId, error: error as Error });
    }
  }
  return { batchItemFailures };
};
