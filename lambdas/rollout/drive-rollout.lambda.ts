import * as z from 'zod';
import { assertNever } from '../kernel/assert-never';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { modelNameSchema, ulidSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { rolloutEnvSchema } from './contract';
import { askOperator, beginRollout, enterStep } from './drive-rollout';
import { promote, withdraw } from './end-rollout';

const ports = wire(readEnv(rolloutEnvSchema));

const ids = { model: modelNameSchema, rolloutId: ulidSchema };
const taskSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('begin'), ...ids }),
  z.object({ action: z.literal('enter-step'), ...ids, taskToken: z.string() }),
  z.object({ action: z.literal('ask'), ...ids, taskToken: z.string() }),
  z.object({ action: z.literal('promote'), ...ids }),
  z.object({ action: z.literal('withdraw'), ...ids, reason: z.string() }),
  z.object({ action: z.literal('abort'), ...ids, reason: z.string() }),
]);
type Task = z.infer<typeof taskSchema>;

const perform = async (task: Task): Promise<object> => {
  const { model, rolloutId } = task;
  switch (task.action) {
    case 'begin':
      return beginRollout(model, rolloutId, ports);
    case 'enter-step':
      await enterStep(model, rolloutId, task.taskToken, ports);
      return {};
    case 'ask':
      await askOperator(model, rolloutId, task.taskToken, ports);
      return {};
    case 'promote':
      await promote(model, rolloutId, 'every step passed', ports);
      return {};
    case 'withdraw':
      await withdraw(model, rolloutId, 'ROLLED_BACK', task.reason, ports);
      return {};
    case 'abort':
      await withdraw(model, rolloutId, 'ABORTED', task.reason, ports);
      return {};
    default:
      return assertNever(task);
  }
};

/** Tasks of the rollout machine. */
export const handler = async (event: unknown): Promise<object> => {
  const task = taskSchema.parse(event);
  const result = await perform(task);
  logger.info('rollout task', { action: task.action, model: task.model, rollout: task.rolloutId });
  return result;
};
