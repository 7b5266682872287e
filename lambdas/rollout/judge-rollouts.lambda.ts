import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { LIST } from '../registry/adapters/keys';
import { ulidSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { type Rollout, rolloutMachineEnvSchema, rolloutSchema } from './contract';
import { withdraw } from './end-rollout';
import { judgeRollout, reconcileRollout } from './judge-rollout';

const env = readEnv(rolloutMachineEnvSchema);
const ports = wire(env, env.ROLLOUT_MACHINE);

const keysSchema = z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });
/** Evidence moved: `ROLLOUT#<ulid>#…` under `MODEL#<name>`. */
const evidenceMovedSchema = z.object({
  Records: z
    .array(z.object({ eventSource: z.literal('aws:dynamodb'), dynamodb: z.object({ Keys: keysSchema }) }))
    .min(1),
});
/** An execution of the rollout machine ended by failure. */
const executionEndedSchema = z.object({
  source: z.literal('aws.states'),
  detail: z.object({ name: ulidSchema, status: z.string() }),
});

/** All of them before any is judged: judging takes rollouts off the list. */
const runningRollouts = async (): Promise<Rollout[]> => {
  const found: Rollout[] = [];
  for await (const rollout of ports.table.each(LIST.runningRollouts, rolloutSchema)) found.push(rollout);
  return found;
};

/** Rollouts whose evidence moved, by model. */
const moved = (event: z.output<typeof evidenceMovedSchema>): Map<string, string> =>
  new Map(
    event.Records.flatMap(({ dynamodb: { Keys } }) => {
      const [kind, id = ''] = Keys.sk.S.split('#');
      return kind === 'ROLLOUT' ? [[id, Keys.pk.S.slice('MODEL#'.length)] as const] : [];
    }),
  );

const judgeMoved = async (event: z.output<typeof evidenceMovedSchema>): Promise<void> => {
  for (const [id, model] of moved(event)) {
    const judgement = await judgeRollout(model, id, ports);
    logger.info('rollout judged', { model, rollout: id, ...judgement });
  }
};

const abortDead = async (id: string, status: string): Promise<void> => {
  const model = await ports.store.modelOf(id);
  if (model !== undefined) await withdraw(model, id, 'ABORTED', `the rollout's execution ended as ${status}`, ports);
  logger.warn('rollout execution ended', { model, rollout: id, status });
};

const reconcileAll = async (): Promise<void> => {
  const rollouts = await runningRollouts();
  for (const rollout of rollouts) {
    await reconcileRollout(rollout, ports).catch((error: Error) =>
      logger.error('rollout could not be reconciled', { rollout: rollout.id, error }),
    );
  }
  logger.info('rollouts reconciled', { running: rollouts.length });
};

/** Woken by evidence, by the end of an execution, by an alarm's notification, and by the clock. */
export const handler = async (event: unknown): Promise<void> => {
  const evidence = evidenceMovedSchema.safeParse(event);
  if (evidence.success) return judgeMoved(evidence.data);
  const ended = executionEndedSchema.safeParse(event);
  if (ended.success) return abortDead(ended.data.detail.name, ended.data.detail.status);
  return reconcileAll();
};
