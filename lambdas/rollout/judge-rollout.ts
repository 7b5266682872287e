import type { Rollout } from './contract';
import { decideStep, type Judgement } from './domain/decide-step';
import { withdraw } from './end-rollout';
import type { RolloutPorts } from './ports';

/** An execution is given so long to come to be before its absence counts as death. */
const START_GRACE_MS = 120_000;

/** Looks at a rollout's evidence and alarms, and moves it on if they say so. */
export const judgeRollout = async (model: string, id: string, ports: RolloutPorts): Promise<Judgement | undefined> => {
  const rollout = await ports.store.find(model, id);
  if (rollout === undefined || rollout.status !== 'RUNNING' || rollout.phase === 'starting') return undefined;
  const [evidence, raised] = await Promise.all([
    ports.evidence.read(rollout),
    ports.alarms.raised(ports.rollbackAlarms),
  ]);
  const judgement = decideStep(rollout, evidence, raised, ports.now());
  if (judgement.decision === 'rollback') await withdraw(model, id, 'ROLLED_BACK', judgement.reason, ports);
  else if (judgement.decision !== 'wait' && rollout.taskToken !== undefined)
    await ports.executions.succeed(rollout.taskToken, { decision: judgement.decision });
  return judgement;
};

/** A rollout that nobody drives any more leaves the champion serving alone. */
export const reconcileRollout = async (rollout: Rollout, ports: RolloutPorts): Promise<void> => {
  if (rollout.status !== 'RUNNING') return;
  const isYoung = ports.now() - rollout.startedAt < START_GRACE_MS;
  if (!isYoung && (await ports.executions.isDead(rollout))) {
    await withdraw(rollout.model, rollout.id, 'ABORTED', "the rollout's execution died", ports);
    return;
  }
  await judgeRollout(rollout.model, rollout.id, ports);
};
