import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { assertNever } from '../kernel/assert-never';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { LIST } from '../registry/adapters/keys';
import { RegistryReader } from '../registry/adapters/registry-reader';
import { RegistryTable } from '../registry/adapters/registry-table';
import { DynamoRolloutStore } from './adapters/dynamo-rollout-store';
import { SageMakerHost } from './adapters/sagemaker-host';
import { type HostTask, hostEnvSchema, hostTaskSchema, rolloutSchema } from './contract';
import { ensureHosted, hostCandidate, hostChallenger } from './host-endpoint';
import type { HostedEntry, HostingPorts } from './hosting-ports';
import { releaseAfterRollout, releaseCandidate, sweepEndpoints } from './release-endpoint';

const env = readEnv(hostEnvSchema);
const table = new RegistryTable(new DynamoDBClient({}), env.REGISTRY_TABLE, env.AUDIT_TABLE);

/** Few rollouts run at a time; all of them are looked through. */
const isClimbing = async (model: string, version: number): Promise<boolean> => {
  for await (const rollout of table.each(LIST.runningRollouts, rolloutSchema))
    if (rollout.model === model && rollout.challenger.version === version) return true;
  return false;
};

const ports: HostingPorts = {
  host: new SageMakerHost(new SageMakerClient({}), env.CONTAINER_ROLE, env.DEPLOYMENT),
  place: { deployment: env.DEPLOYMENT, artifactBucket: env.ARTIFACT_BUCKET },
  startTimeoutMs: env.START_TIMEOUT,
  keepFormerMs: env.KEEP_FORMER_CHAMPION,
  now: () => Date.now(),
  registry: new RegistryReader(table),
  store: new DynamoRolloutStore(table),
  isClimbing,
};

const notSwept = ({ name }: HostedEntry, error: unknown): void =>
  logger.error('endpoint could not be swept', { endpoint: name, error: error as Error });

const perform = async (task: HostTask): Promise<object> => {
  switch (task.action) {
    case 'host':
      return hostChallenger(task.model, task.rolloutId, ports);
    case 'release':
      return { release: await releaseAfterRollout(task.model, task.rolloutId, ports) };
    case 'host-candidate':
      return hostCandidate(task.model, task.version, Date.parse(task.since), ports);
    case 'release-candidate':
      return { release: await releaseCandidate(task.model, task.version, ports) };
    case 'ensure':
      return ensureHosted(task.model, task.version, ports);
    case 'sweep':
      return sweepEndpoints(ports, notSwept);
    default:
      return assertNever(task);
  }
};

/** Endpoints of hosted versions: tasks of the rollout machine, a rollback's question, and the clock's sweep. */
export const handler = async (event: unknown): Promise<object> => {
  const task = hostTaskSchema.parse(event);
  const result = await perform(task);
  logger.info('hosting', { ...task, ...result });
  return result;
};
