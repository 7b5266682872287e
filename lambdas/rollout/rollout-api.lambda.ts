import { actorOf } from '../access/domain/actor';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { NotFound } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { modelKey, SK } from '../registry/adapters/keys';
import { wire } from './adapters/wire';
import { rollBack as backToChampion, commandRollout as command } from './command-rollout';
import { type Rollout, type RolloutView, rolloutApiEnvSchema, rolloutSchema } from './contract';
import { ROLLOUT_API } from './schemas/api';

const env = readEnv(rolloutApiEnvSchema);
const ports = wire(env, env.ROLLOUT_MACHINE, env.HOST_FUNCTION);

/** A rollout as callers see it: without what wakes its execution. */
const visible = (rollout: Rollout): RolloutView => {
  const { generation: _, ...shown } = rollout;
  if (shown.status !== 'RUNNING') return shown;
  const { taskToken: __, ...running } = shown;
  return running;
};

const find = async (id: string): Promise<Rollout> => {
  const model = await ports.store.modelOf(id);
  const rollout = model === undefined ? undefined : await ports.store.find(model, id);
  if (!rollout) throw new NotFound(`there is no rollout ${id}`);
  return rollout;
};

const listRollouts: Handles<typeof ROLLOUT_API>['listRollouts'] = async ({ path: { model }, query, identity }) => {
  authorize(identity, 'rollout:read', await ports.registry.access(model));
  const page = await ports.table.page(modelKey(model), SK.rollouts, rolloutSchema, query);
  return { body: { ...page, items: page.items.map(visible) } };
};

const readRollout: Handles<typeof ROLLOUT_API>['readRollout'] = async ({ path: { id }, identity }) => {
  requireRole(identity, 'rollout:read');
  const rollout = await find(id);
  authorize(identity, 'rollout:read', await ports.registry.access(rollout.model));
  const evidence = rollout.status === 'RUNNING' ? await ports.evidence.read(rollout) : null;
  return { body: { ...visible(rollout), evidence } };
};

const commandRollout: Handles<typeof ROLLOUT_API>['commandRollout'] = async ({ path: { id }, body, identity }) => {
  requireRole(identity, 'rollout:command');
  const rollout = await find(id);
  authorize(identity, 'rollout:command', await ports.registry.access(rollout.model));
  const after = await command(rollout, body.command, body.reason, actorOf(identity), ports);
  return { body: visible(after ?? rollout) };
};

const rollBack: Handles<typeof ROLLOUT_API>['rollBack'] = async ({ path: { model }, body, identity }) => {
  authorize(identity, 'rollout:command', await ports.registry.access(model));
  return { body: { model, champion: await backToChampion(model, body, actorOf(identity), ports) } };
};

export const handler = apiHandler(ROLLOUT_API, { listRollouts, readRollout, commandRollout, rollBack });
