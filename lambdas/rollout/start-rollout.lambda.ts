import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { modelNameSchema, ulidSchema, versionNumberSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { rolloutMachineEnvSchema } from './contract';
import { startRollout } from './drive-rollout';

const env = readEnv(rolloutMachineEnvSchema);
const ports = wire(env, env.ROLLOUT_MACHINE);
const inputSchema = z.object({ model: modelNameSchema, version: versionNumberSchema, approvalId: ulidSchema });

/** Last task of the approval machine: an approved version starts to climb. */
export const handler = async (event: unknown): Promise<{ rolloutId: string }> => {
  const { model, version, approvalId } = inputSchema.parse(event);
  const rollout = await startRollout(model, version, approvalId, ports);
  logger.info('rollout started', { model, version, rollout: rollout.id, status: rollout.status });
  return { rolloutId: rollout.id };
};
