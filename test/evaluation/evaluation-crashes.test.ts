import { createHash } from 'node:crypto';
import type { SandboxResponse } from '../../lambdas/evaluation/contract';
import { evaluateVersion } from '../../lambdas/evaluation/evaluate-version';
import { policySchema } from '../../lambdas/registry/contract';
import { dieEverywhere, type Scenario } from '../faults/die-everywhere';
import { EvaluationWorld } from './fakes';
import { evaluatedAs } from './findings';
import { championRoute, registered, serving } from './versions';

const EVENT = { model: 'credit', version: 2 };
const WITH_DATA = { evaluation: { data: 'evaluation.csv', label: 'y' } };
const REJECTION = { code: 'timed-out', message: 'slow' };

const rejected: SandboxResponse = { status: 'rejected', rejection: REJECTION };

/** Each run of the sandbox gives the next of these, and then the last one again. */
const sandboxSaying = (world: EvaluationWorld, ...answers: readonly SandboxResponse[]): EvaluationWorld => {
  world.sandbox.running = async () => answers[Math.min(world.sandbox.requests.length, answers.length) - 1] ?? rejected;
  return world;
};

const worldOf = (...answers: readonly SandboxResponse[]): EvaluationWorld => {
  const champion = serving(registered(1));
  const world = new EvaluationWorld().add(champion, registered(2, WITH_DATA, ['evaluation.csv']));
  world.records.routed = championRoute(champion);
  return sandboxSaying(world, ...answers);
};

const versionIn = (world: EvaluationWorld) => {
  const found = world.records.versions.get(2);
  if (found === undefined) throw new Error('version 2 is gone');
  return found;
};

/** What the row says is what the report says, and what the report names is there as it was. */
const check = (world: EvaluationWorld) => {
  const version = versionIn(world);
  const evaluation = 'evaluation' in version ? version.evaluation : undefined;
  expect(world.records.audit).toHaveLength(version.status === 'REGISTERED' ? 0 : 1);
  if (evaluation === undefined) return;
  const report = world.artifacts.reports.get(evaluation.report.key);
  const { findings, background, gates } = report ?? {};
  expect(evaluation.gates).toEqual(gates);
  if (findings?.evidence.evidence === 'labelled') expect(evaluation.metrics).toEqual(findings.evidence.metrics);
  if (background === undefined) return;
  const kept = JSON.stringify(world.artifacts.backgrounds.get(background.key));
  expect(createHash('sha256').update(kept).digest('hex')).toBe(background.sha256);
};

/** Nothing lies there as a finding that the row does not tell of. */
const isComplete = (world: EvaluationWorld) => {
  const version = versionIn(world);
  const told = 'evaluation' in version && version.evaluation !== undefined ? [version.evaluation.report.key] : [];
  expect([...world.artifacts.reports.keys()]).toEqual(told);
};

const scenario = (open: () => EvaluationWorld): Scenario<EvaluationWorld, { status: string }> => ({
  open,
  run: (world, fuse) => evaluateVersion(EVENT, fuse.ports(world.ports)),
  check,
  outcome: (world, { status }) => {
    isComplete(world);
    return { status, row: versionIn(world).status };
  },
});

const demanding = (world: EvaluationWorld, min: number): EvaluationWorld => {
  const gates = [{ kind: 'metric', metric: 'accuracy', min, severity: 'block' }];
  world.records.inForce = { number: 4, policy: policySchema.parse({ gates }) };
  return world;
};

/** A model at an endpoint, which says that or may not be called. */
const hosted = (found: SandboxResponse | undefined): EvaluationWorld => {
  const world = new EvaluationWorld().add({ ...registered(2), runtime: { kind: 'sagemaker', endpoint: 'e' } });
  if (found === undefined) world.endpoints = undefined;
  else if (world.endpoints) world.endpoints.running = async () => found;
  return world;
};

test.each([
  ['is evaluated', () => worldOf(evaluatedAs(0.9)), 'artifacts.keepBackground', 'EVALUATED'],
  ['is rejected by a gate', () => demanding(worldOf(evaluatedAs(0.9)), 0.95), 'records.recordRejection', 'REJECTED'],
  ['is rejected by what the sandbox met', () => worldOf(rejected), 'places.sandbox.run', 'REJECTED'],
  ['is asked at its endpoint', () => hosted(evaluatedAs(0.9)), 'places.endpoints.run', 'EVALUATED'],
  ['is at an endpoint that may not be called', () => hosted(undefined), 'artifacts.keepReport', 'EVALUATED'],
])('the evaluation of a version that %s may die at any call, twice', async (_, open, call, status) => {
  let last: EvaluationWorld | undefined;
  const calls = await dieEverywhere(
    scenario(() => {
      last = open();
      return last;
    }),
    { inARow: 2 },
  );
  expect(calls).toEqual(expect.arrayContaining([call, 'records.version']));
  expect(last && versionIn(last)).toMatchObject({ status });
});

describe('a sandbox that finds something else the next time', () => {
  const sameRow = { outcome: (world: EvaluationWorld) => isComplete(world) };

  test('gives way to a report that was kept', async () => {
    await dieEverywhere(
      { ...scenario(() => worldOf(evaluatedAs(0.9), evaluatedAs(0.8), evaluatedAs(0.7))), ...sameRow },
      { inARow: 2 },
    );
  });

  test('gives way to it also by a rejection, and nothing is run again', async () => {
    await dieEverywhere({ ...scenario(() => worldOf(evaluatedAs(0.9), rejected)), ...sameRow }, { inARow: 2 });
    await dieEverywhere({ ...scenario(() => worldOf(rejected, evaluatedAs(0.9))), ...sameRow }, { inARow: 2 });
  });

  test('leaves the sample of rows that the kept report names, also when two runs overlap', async () => {
    const world = worldOf(evaluatedAs(0.9), evaluatedAs(0.8));
    const { running } = world.sandbox;
    world.sandbox.running = async () => {
      const first = await running();
      // Another run, from beginning to end, while this one has its answer and has kept nothing.
      world.sandbox.running = running;
      if (world.sandbox.requests.length === 1) await evaluateVersion(EVENT, world.ports);
      return first;
    };
    await evaluateVersion(EVENT, world.ports);
    check(world);
    isComplete(world);
  });
});
