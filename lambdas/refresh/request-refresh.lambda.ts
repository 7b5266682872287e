import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSEvent } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { DriftLedger } from '../monitoring/adapters/drift-ledger';
import { DynamoEvidenceStore } from '../monitoring/adapters/dynamo-evidence-store';
import { modelOfDriftAlarm } from '../monitoring/contract';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { alarmNotificationSchema, requestRefreshEnvSchema } from './contract';
import { requestRefresh } from './request-refresh';

const env = readEnv(requestRefreshEnvSchema);
const dynamo = new DynamoDBClient({});
const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table, env.DEFAULT_POLICY);
const store = new DynamoEvidenceStore(dynamo, env.EVIDENCE_TABLE);
const ledger = new DriftLedger(table);
const ports = {
  route: (model: string) => reader.route(model),
  evidence: (model: string, version: number) => store.readVersion(model, version),
  record: ledger.record.bind(ledger),
  now: () => Date.now(),
};

const modelOf = (message: string): { model: string; alarm: string } | undefined => {
  const notification = alarmNotificationSchema.safeParse(JSON.parse(message));
  if (!notification.success || notification.data.NewStateValue !== 'ALARM') return undefined;
  const alarm = notification.data.AlarmName;
  const model = modelOfDriftAlarm(env.DEPLOYMENT, alarm);
  return model === undefined ? undefined : { model, alarm };
};

/** A champion's drift alarm asks for retraining; other alarms are for people. */
export const handler = async (event: SNSEvent): Promise<void> => {
  for (const { Sns } of event.Records) {
    const drift = modelOf(Sns.Message);
    const requested = drift === undefined ? false : await requestRefresh(drift.model, drift.alarm, ports);
    logger.info('alarm heard', { alarm: drift?.alarm ?? 'not of a champion', requested });
  }
};
