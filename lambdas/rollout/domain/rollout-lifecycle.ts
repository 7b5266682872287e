import { Conflict } from '../../kernel/errors';
import type { RolloutStep, Route, VersionRef } from '../../registry/contract';
import type { EndedRollout, Rollout, RunningRollout } from '../contract';

const next = <R extends { generation: number }>(record: R): R => ({ ...record, generation: record.generation + 1 });

/** @throws Conflict when the rollout is over */
export const running = (rollout: Rollout): RunningRollout => {
  if (rollout.status !== 'RUNNING')
    throw new Conflict(`rollout ${rollout.id} of ${rollout.model} is ${rollout.status} already`);
  return rollout;
};

/**
 * The step that an execution enters: the next one if the rollout may climb, else the one that it is in. A task that is tried
 * again comes with another token, so the token alone does not tell the two apart.
 */
export const enterNextStep = (
  rollout: RunningRollout,
  taskToken: string,
  climbs: boolean,
  at: number,
): { rollout: RunningRollout; step: RolloutStep } => {
  const enters = rollout.stepIndex < 0 || (climbs && rollout.taskToken !== taskToken);
  const stepIndex = enters ? rollout.stepIndex + 1 : rollout.stepIndex;
  const stepEnteredAt = enters ? at : rollout.stepEnteredAt;
  const step = rollout.steps[stepIndex];
  if (!step) throw new Conflict(`rollout ${rollout.id} has no step ${stepIndex + 1}`);
  return { step, rollout: next({ ...rollout, stepIndex, phase: 'step', stepEnteredAt, taskToken }) };
};

export const askPerson = (rollout: RunningRollout, taskToken: string): RunningRollout =>
  next({ ...rollout, phase: 'asking', taskToken });

export const end = (
  rollout: RunningRollout,
  status: EndedRollout['status'],
  reason: string,
  at: number,
): EndedRollout => {
  const { phase: _, stepEnteredAt: __, taskToken: ___, ...rest } = rollout;
  return next({ ...rest, status, reason, endedAt: at, announced: status !== 'PROMOTED' });
};

/** The route with the challenger in its step beside the champion. */
export const routeForStep = (
  route: Route,
  champion: VersionRef,
  rollout: RunningRollout,
  step: RolloutStep,
  at: number,
): Route => {
  const { model, previousChampion } = route;
  const base = {
    model,
    generation: route.generation + 1,
    changedAt: at,
    champion,
    challenger: rollout.challenger,
    rolloutId: rollout.id,
  };
  const kept = previousChampion === undefined ? {} : { previousChampion };
  return step.mode === 'shadow'
    ? { ...base, ...kept, mode: 'shadow' }
    : { ...base, ...kept, mode: 'canary', weight: step.weight };
};

/** The route with its champion alone. */
export const championAlone = (route: Exclude<Route, { mode: 'unserved' }>, at: number): Route => {
  const kept = route.previousChampion === undefined ? {} : { previousChampion: route.previousChampion };
  return {
    model: route.model,
    generation: route.generation + 1,
    changedAt: at,
    mode: 'champion',
    champion: route.champion,
    ...kept,
  };
};

/** The route with another champion; the one it replaces is remembered for a rollback. */
export const championReplaced = (route: Route | undefined, model: string, champion: VersionRef, at: number): Route => {
  const replaced = route === undefined || route.mode === 'unserved' ? {} : { previousChampion: route.champion };
  const generation = route === undefined ? 0 : route.generation + 1;
  return { model, generation, changedAt: at, mode: 'champion', champion, ...replaced };
};
