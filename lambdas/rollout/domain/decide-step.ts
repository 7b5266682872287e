import { durationMs } from '../../kernel/duration';
import type { RolloutStep } from '../../registry/contract';
import type { RunningRollout } from '../contract';
import type { StepEvidence } from './evidence';

export type Judgement =
  | { readonly decision: 'wait'; readonly reason: string }
  | { readonly decision: 'advance' | 'promote' | 'rollback'; readonly reason: string };

const wait = (reason: string): Judgement => ({ decision: 'wait', reason });

/** What keeps a step from being left upwards, or nothing. */
const obstacle = (step: RolloutStep, evidence: StepEvidence): string | undefined => {
  if (step.mode === 'shadow') {
    if (evidence.kind !== 'pairs' || evidence.pairs < step.minPairs)
      return `${evidence.kind === 'pairs' ? evidence.pairs : 0} of ${step.minPairs} pairs`;
    return evidence.verdict === 'not-yet' ? 'the pairs do not tell yet' : undefined;
  }
  const outcomes = evidence.kind === 'groups' ? evidence.outcomes.challenger : 0;
  return outcomes < step.minOutcomes ? `${outcomes} of ${step.minOutcomes} outcomes of the challenger` : undefined;
};

/**
 * How a step goes on. A worse challenger or an alarm withdraws it at any time; it climbs once the bake is over and the
 * evidence allows: in shadow it must have proved itself no worse, in canary it must not have proved itself worse.
 */
export const decideStep = (
  rollout: RunningRollout,
  evidence: StepEvidence,
  alarms: readonly string[],
  now: number,
): Judgement => {
  const step = rollout.steps[rollout.stepIndex];
  if (step === undefined || rollout.phase === 'starting') return wait('no step is being baked');
  if (alarms.length > 0) return { decision: 'rollback', reason: `alarm ${alarms.join(', ')}` };
  if (evidence.verdict === 'worse')
    return { decision: 'rollback', reason: 'outcomes prove the challenger worse than the champion' };
  if (rollout.phase === 'asking') return wait('an operator is asked how it goes on');
  const bakeLeft = rollout.stepEnteredAt + durationMs(step.bake) - now;
  if (bakeLeft > 0) return wait(`the bake lasts ${Math.ceil(bakeLeft / 1000)} s more`);
  const hindrance = obstacle(step, evidence);
  if (hindrance !== undefined) return wait(hindrance);
  const isLast = rollout.stepIndex === rollout.steps.length - 1;
  return { decision: isLast ? 'promote' : 'advance', reason: `${step.mode} passed: ${evidence.verdict}` };
};
