import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import type * as z from 'zod';
import { RegistryReader } from '../../registry/adapters/registry-reader';
import { RegistryTable } from '../../registry/adapters/registry-table';
import type { rolloutEnvSchema } from '../contract';
import type { RolloutPorts } from '../ports';
import { CloudWatchAlarms } from './cloudwatch-alarms';
import { DynamoEvidenceReader } from './dynamo-evidence-reader';
import { DynamoRolloutStore } from './dynamo-rollout-store';
import { HostingFunction } from './hosting-function';
import { StepFunctionsExecutions } from './rollout-executions';

export interface RolloutWiring extends RolloutPorts {
  readonly table: RegistryTable;
  readonly registry: RegistryReader;
  readonly store: DynamoRolloutStore;
}

/** Everything that the room's handlers work with, made once a process. Functions that start nothing know no machine. */
export const wire = (env: z.output<typeof rolloutEnvSchema>, machineArn = '', hostFunction = ''): RolloutWiring => {
  const dynamo = new DynamoDBClient({});
  const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
  return {
    table,
    registry: new RegistryReader(table, env.DEFAULT_POLICY),
    store: new DynamoRolloutStore(table),
    evidence: new DynamoEvidenceReader(dynamo, env.EVIDENCE_TABLE),
    alarms: new CloudWatchAlarms(new CloudWatchClient({})),
    executions: new StepFunctionsExecutions(new SFNClient({}), machineArn),
    hosting: new HostingFunction(new LambdaClient({}), hostFunction),
    rollbackAlarms: env.ROLLBACK_ALARMS,
    now: () => Date.now(),
  };
};
