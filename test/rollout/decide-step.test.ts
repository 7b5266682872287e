import { policySchema } from '../../lambdas/registry/contract';
import type { RunningRollout } from '../../lambdas/rollout/contract';
import { decideStep } from '../../lambdas/rollout/domain/decide-step';
import type { StepEvidence } from '../../lambdas/rollout/domain/evidence';

const { steps } = policySchema.parse({
  rollout: {
    steps: [
      { mode: 'shadow', bake: 'PT10S', minPairs: 300 },
      { mode: 'canary', bake: 'PT10S', weight: 0.5, minOutcomes: 100 },
    ],
  },
}).rollout;

const rollout = (stepIndex: number, phase: RunningRollout['phase'] = 'step') =>
  ({ steps, stepIndex, phase, stepEnteredAt: 0, status: 'RUNNING' }) as RunningRollout;
const pairs = (verdict: StepEvidence['verdict'], n = 300): StepEvidence => ({
  kind: 'pairs',
  verdict,
  pairs: n,
  meanDifference: 0,
  eValues: { better: 1, notWorse: 1, worse: 1 },
});
const groups = (verdict: StepEvidence['verdict'], challenger = 100): StepEvidence => ({
  kind: 'groups',
  verdict,
  outcomes: { champion: 100, challenger },
  difference: 0,
  halfWidth: 1,
});

const BAKED = 10_000;

const CASES: Array<[string, number, StepEvidence, string[], number, string]> = [
  ['a challenger that is no worse climbs', 0, pairs('not-worse'), [], BAKED, 'advance'],
  ['a better one climbs too', 0, pairs('better'), [], BAKED, 'advance'],
  ['nothing climbs while it bakes', 0, pairs('better'), [], BAKED - 1, 'wait'],
  ['nothing climbs on few pairs', 0, pairs('better', 299), [], BAKED, 'wait'],
  ['"not yet" waits in shadow', 0, pairs('not-yet', 9999), [], BAKED, 'wait'],
  ['a worse one is withdrawn, baked or not', 0, pairs('worse', 10), [], 1, 'rollback'],
  ['an alarm withdraws whatever the evidence', 0, pairs('better'), ['scoring-errors'], 1, 'rollback'],
  ['a canary climbs when it has not proved itself worse', 1, groups('not-yet'), [], BAKED, 'promote'],
  ['a canary waits for outcomes', 1, groups('not-yet', 99), [], BAKED, 'wait'],
  ['a worse canary is withdrawn', 1, groups('worse'), [], BAKED, 'rollback'],
];

test.each(CASES)('%s', (_what, step, evidence, alarms, now, decision) => {
  expect(decideStep(rollout(step), evidence, alarms, now).decision).toBe(decision);
});

test('while a person is asked nothing climbs, but what is worse or raises an alarm still goes', () => {
  expect(decideStep(rollout(0, 'asking'), pairs('better'), [], BAKED).decision).toBe('wait');
  expect(decideStep(rollout(0, 'asking'), pairs('worse'), [], BAKED).decision).toBe('rollback');
  expect(decideStep(rollout(0, 'asking'), pairs('not-yet'), ['errors'], BAKED).decision).toBe('rollback');
});
