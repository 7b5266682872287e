import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { wireWatch } from './adapters/wire-watch';
import { type VersionEvidence, versionEvidenceSchema, watchChampionsEnvSchema } from './contract';
import { tellEvidence } from './watch-champion';

const { ports } = wireWatch(readEnv(watchChampionsEnvSchema));

/** The last evidence of each version in the batch: gauges show how things are, not how they came to be. */
const lastOfEach = (stream: DynamoDBStreamEvent): VersionEvidence[] => {
  const last = new Map<string, VersionEvidence>();
  for (const { dynamodb } of stream.Records) {
    if (dynamodb?.NewImage === undefined) continue;
    const evidence = versionEvidenceSchema.parse(unmarshall(dynamodb.NewImage as Record<string, AttributeValue>));
    last.set(`${evidence.model}#${evidence.version}`, evidence);
  }
  return [...last.values()];
};

/** Evidence moved: its metrics follow, and a drift that it shows goes on record. */
export const handler = async (stream: DynamoDBStreamEvent): Promise<void> => {
  for (const evidence of lastOfEach(stream)) {
    await tellEvidence(evidence, ports);
    logger.info('metrics', { model: evidence.model, version: evidence.version, outcomes: evidence.window.n });
  }
};
