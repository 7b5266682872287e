import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { LIST } from '../registry/adapters/keys';
import { domainEventSchema, modelSchema } from '../registry/contract';
import { wireWatch } from './adapters/wire-watch';
import { watchChampionsEnvSchema } from './contract';
import { watchModel } from './watch-champion';

const { table, metrics, ports } = wireWatch(readEnv(watchChampionsEnvSchema));

const championChangedSchema = z.object({ 'detail-type': z.literal('Champion Changed'), detail: domainEventSchema });
/** Delete of the deployment, by the custom resource of the construct. */
const deploymentSchema = z.object({ RequestType: z.enum(['Create', 'Update', 'Delete']) });

const allModels = async (): Promise<string[]> => {
  const models: string[] = [];
  for await (const { model } of table.each(LIST.models, modelSchema)) models.push(model);
  return models;
};

/** Every champion has its alarm and its metrics, and no alarm is left of what serves no more. */
const watchAll = async (): Promise<void> => {
  const serving = new Set<string>();
  let drifted = 0;
  for (const model of await allModels()) {
    try {
      const drifts = await watchModel(model, ports);
      if (drifts !== undefined) serving.add(model);
      if (drifts) drifted += 1;
    } catch (error) {
      // One model's trouble must not blind the others; its alarm is kept.
      serving.add(model);
      logger.error('champion could not be watched', { model, error: error as Error });
    }
  }
  const orphans = (await metrics.alarmedModels()).filter((model) => !serving.has(model));
  await metrics.removeAlarms(orphans);
  await metrics.publishDrifted(drifted);
  logger.info('champions watched', { serving: serving.size, drifted, alarmsRemoved: orphans.length });
};

const onDeployment = async (type: 'Create' | 'Update' | 'Delete'): Promise<object> => {
  if (type === 'Delete') await metrics.removeAlarms(await metrics.alarmedModels());
  logger.info('deployment', { type });
  return { PhysicalResourceId: 'champion-alarms' };
};

/** Woken by the clock, by a new champion, and by the deletion of the deployment. */
export const handler = async (event: unknown): Promise<object | undefined> => {
  const deployment = deploymentSchema.safeParse(event);
  if (deployment.success) return onDeployment(deployment.data.RequestType);
  const changed = championChangedSchema.safeParse(event);
  if (!changed.success) await watchAll();
  else {
    await watchModel(changed.data.detail.model, ports);
    logger.info('new champion watched', { model: changed.data.detail.model });
  }
  return undefined;
};
