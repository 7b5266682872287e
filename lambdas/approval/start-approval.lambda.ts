import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { EventBridgeEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { domainEventSchema, versionNumberSchema } from '../registry/contract';
import { startApprovalEnvSchema } from './contract';
import { reviewSeconds } from './review-time';

const env = readEnv(startApprovalEnvSchema);
const reader = new RegistryReader(
  new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE),
  env.DEFAULT_POLICY,
);
const sfn = new SFNClient({});
const registeredSchema = domainEventSchema.extend({ version: versionNumberSchema });

/** Starts one execution for each registered version: its name is the version's, so an event that comes twice starts one. */
export const handler = async (event: EventBridgeEvent<string, unknown>): Promise<void> => {
  const { model, version, rootDigest = '' } = registeredSchema.parse(event.detail);
  const timeoutSeconds = await reviewSeconds(model, version, reader);
  // Names hold 80 characters: the model's whole name (63 at most) comes first, so that only the digest is ever cut.
  const name = `${model}-${version}-${rootDigest.slice(0, 16)}`.slice(0, 80);
  try {
    await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: env.APPROVAL_MACHINE,
        name,
        input: JSON.stringify({ model, version, timeoutSeconds }),
      }),
    );
    logger.info('approval started', { model, version });
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
    logger.info('approval was started already', { model, version });
  }
};
