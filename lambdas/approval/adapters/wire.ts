import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type * as z from 'zod';
import { TaskTokens } from '../../kernel/adapters/task-tokens';
import { RegistryReader } from '../../registry/adapters/registry-reader';
import { RegistryTable } from '../../registry/adapters/registry-table';
import type { approvalEnvSchema } from '../contract';
import { DynamoApprovalStore } from './dynamo-approval-store';

/** Everything that the room's handlers work with, made once a process. */
export const wire = (
  env: Pick<z.output<typeof approvalEnvSchema>, 'REGISTRY_TABLE' | 'AUDIT_TABLE' | 'DEFAULT_POLICY'>,
) => {
  const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);
  const registry = new RegistryReader(table, env.DEFAULT_POLICY);
  return {
    table,
    registry,
    approvals: new DynamoApprovalStore(table),
    executions: new TaskTokens(new SFNClient({})),
    now: () => Date.now(),
  };
};
