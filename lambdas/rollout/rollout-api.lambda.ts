import { z } from 'zod';
import type { Identity } from '../access/contract';
import { authorize, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { NotFound } from '../kernel/errors';
import { apiHandler, pageQuerySchema, route } from '../kernel/http';
import { modelKey, SK } from '../registry/adapters/keys';
import { type Actor, modelNameSchema, ulidSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { commandRollout, rollBack } from './command-rollout';
import { type Rollout, rollbackSchema, rolloutApiEnvSchema, rolloutCommandSchema, rolloutSchema } from './contract';

const env = readEnv(rolloutApiEnvSchema);
const ports = wire(env, env.ROLLOUT_MACHINE, env.HOST_FUNCTION);

const modelPath = z.object({ model: modelNameSchema });
const idPath = z.object({ id: ulidSchema });
const actorOf = (identity: Identity): Actor => ({ kind: identity.kind, id: identity.id, name: identity.name });

/** A rollout as callers see it: without what wakes its execution. */
const visible = (rollout: Rollout) => {
  const { generation: _, ...shown } = rollout;
  return 'taskToken' in shown ? { ...shown, taskToken: undefined } : shown;
};

const find = async (id: string): Promise<Rollout> => {
  const model = await ports.store.modelOf(id);
  const rollout = model === undefined ? undefined : await ports.store.find(model, id);
  if (!rollout) throw new NotFound(`there is no rollout ${id}`);
  return rollout;
};

const listRollouts = route({
  path: modelPath,
  query: pageQuerySchema,
  handle: async ({ path: { model }, query, identity }) => {
    authorize(identity, 'rollout:read', await ports.registry.access(model));
    const page = await ports.table.page(modelKey(model), SK.rollouts, rolloutSchema, query);
    return { body: { ...page, items: page.items.map(visible) } };
  },
});

const readRollout = route({
  path: idPath,
  handle: async ({ path: { id }, identity }) => {
    requireRole(identity, 'rollout:read');
    const rollout = await find(id);
    authorize(identity, 'rollout:read', await ports.registry.access(rollout.model));
    const evidence = rollout.status === 'RUNNING' ? await ports.evidence.read(rollout) : null;
    return { body: { ...visible(rollout), evidence } };
  },
});

const command = route({
  path: idPath,
  body: rolloutCommandSchema,
  handle: async ({ path: { id }, body, identity }) => {
    requireRole(identity, 'rollout:command');
    const rollout = await find(id);
    authorize(identity, 'rollout:command', await ports.registry.access(rollout.model));
    const after = await commandRollout(rollout, body.command, body.reason, actorOf(identity), ports);
    return { body: visible(after ?? rollout) };
  },
});

const rollback = route({
  path: modelPath,
  body: rollbackSchema,
  handle: async ({ path: { model }, body, identity }) => {
    authorize(identity, 'rollout:command', await ports.registry.access(model));
    return { body: { model, champion: await rollBack(model, body, actorOf(identity), ports) } };
  },
});

export const handler = apiHandler({
  'GET /api/v1/models/{model}/rollouts': listRollouts,
  'GET /api/v1/rollouts/{id}': readRollout,
  'POST /api/v1/rollouts/{id}/commands': command,
  'POST /api/v1/models/{model}/rollback': rollback,
});
