import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { RegistryReader } from '../../registry/adapters/registry-reader';
import { RegistryTable } from '../../registry/adapters/registry-table';
import type { watchChampionsEnvSchema } from '../contract';
import { evidenceOf } from '../domain/e-detector';
import type { WatchChampionPorts } from '../watch-champion';
import { CloudWatchMetrics } from './cloudwatch-metrics';
import { DriftLedger } from './drift-ledger';
import { DynamoEvidenceStore } from './dynamo-evidence-store';
import { RegistryWeighing } from './registry-weighing';

/** Everything that watches champions, made once a process. */
export const wireWatch = (env: z.output<typeof watchChampionsEnvSchema>) => {
  const dynamo = new DynamoDBClient({});
  const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
  const reader = new RegistryReader(table, env.DEFAULT_POLICY);
  const store = new DynamoEvidenceStore(dynamo, env.EVIDENCE_TABLE);
  const metrics = new CloudWatchMetrics(new CloudWatchClient({}), {
    deployment: env.DEPLOYMENT,
    namespace: env.METRIC_NAMESPACE,
    topicArn: env.ALARM_TOPIC,
  });
  const weighing = new RegistryWeighing(reader, table);
  const ledger = new DriftLedger(table);
  const ports: WatchChampionPorts = {
    route: (model) => reader.route(model),
    policy: (model) => reader.policy(model),
    version: (model, version) => weighing.version(model, version),
    evidence: (model, version) => store.readVersion(model, version),
    saveEvidence: (evidence) => store.saveVersion(evidence),
    publish: (evidence, role) => metrics.publish(evidence, role),
    ensureAlarm: (model, threshold) => metrics.ensureAlarm(model, threshold),
    recordDrift: (evidence, driftSince, actor) => {
      const found = evidence.detector === undefined ? {} : evidenceOf(evidence.detector);
      const { model, version, window } = evidence;
      const detail = { driftSince, outcomes: window.n, ...found };
      return ledger.record({ type: 'Drift Detected', model, version, at: Date.now(), actor, detail });
    },
    now: () => Date.now(),
  };
  return { table, reader, store, metrics, ledger, ports };
};
