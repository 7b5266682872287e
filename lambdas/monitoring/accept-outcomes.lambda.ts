import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { apiHandler, type Handles } from '../kernel/http';
import { SecretsKeyRing } from '../predictions/adapters/secrets-key-ring';
import { openWithCurrentKeys } from '../predictions/open-prediction-id';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { acceptOutcomes } from './accept-outcomes';
import { DynamoEvidenceStore } from './adapters/dynamo-evidence-store';
import { RegistryWeighing } from './adapters/registry-weighing';
import { SqsOutcomeQueue } from './adapters/sqs-outcome-queue';
import { acceptOutcomesEnvSchema } from './contract';
import { describeEvidence } from './domain/describe-evidence';
import { MONITORING_API } from './schemas/api';

const env = readEnv(acceptOutcomesEnvSchema);
const dynamo = new DynamoDBClient({});
const table = new RegistryTable(dynamo, env.REGISTRY_TABLE, env.AUDIT_TABLE);
const reader = new RegistryReader(table, env.DEFAULT_POLICY);
const weighing = new RegistryWeighing(reader, table);
const store = new DynamoEvidenceStore(dynamo, env.EVIDENCE_TABLE);
const keys = new SecretsKeyRing(new SecretsManagerClient({}), env.PREDICTION_KEYS_SECRET, env.DEPLOYMENT);
const ports = {
  open: (id: string) => openWithCurrentKeys(id, keys),
  version: (model: string, version: number) => weighing.version(model, version),
  queue: new SqsOutcomeQueue(new SQSClient({}), env.OUTCOME_QUEUE_URL),
  now: () => Date.now(),
};

const sendOutcomes: Handles<typeof MONITORING_API>['sendOutcomes'] = async ({ path: { model }, body, identity }) => {
  requireRole(identity, 'outcome:create');
  authorize(identity, 'outcome:create', await reader.access(model));
  const { policy } = await reader.policy(model);
  const accepted = await acceptOutcomes(model, body.outcomes, identity, policy.outcomes.acceptFor, ports);
  return { body: { accepted } };
};

const readEvidence: Handles<typeof MONITORING_API>['readEvidence'] = async ({ path: { model }, identity }) => {
  authorize(identity, 'model:read', await reader.access(model));
  const served = await reader.route(model);
  if (served === undefined || served.mode === 'unserved') return { body: { model, versions: [] } };
  const versions = [served.champion.version, ...(served.mode === 'champion' ? [] : [served.challenger.version])];
  const evidence = await Promise.all(versions.map((version) => store.readVersion(model, version)));
  return { body: { model, versions: versions.map((version, i) => describeEvidence(version, evidence[i])) } };
};

export const handler = apiHandler(MONITORING_API, { sendOutcomes, readEvidence });
