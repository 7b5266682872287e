import { Conflict } from '../../lambdas/kernel/errors';
import type { OutcomeMessage, VersionEvidence } from '../../lambdas/monitoring/contract';
import { weighOutcomes } from '../../lambdas/monitoring/domain/weigh-outcomes';
import { tellEvidence, type WatchChampionPorts, watchModel } from '../../lambdas/monitoring/watch-champion';
import { policySchema, type Route } from '../../lambdas/registry/contract';
import {
  championRoute,
  DAY,
  emptyRecord,
  outcome,
  rulesFor,
  servingVersion,
  shadowRoute,
  TODAY,
} from './evidence-world';

const version = servingVersion();
const evidenceFrom = (outcomes: OutcomeMessage[], now = TODAY + 120_000): VersionEvidence =>
  weighOutcomes(outcomes, emptyRecord(), rulesFor(version), now).version;
const allWrong = Array.from({ length: 60 }, (_, row) => outcome(row, { truth: 1 }));
const TOMORROW = TODAY + 2 * DAY;

class World {
  routed: Route | undefined = championRoute();
  evidence: VersionEvidence | undefined;
  threshold = 3650;
  now = TOMORROW;
  readonly did: string[] = [];

  get ports(): WatchChampionPorts {
    return {
      route: async () => this.routed,
      policy: async () => ({ policy: policySchema.parse({ drift: { threshold: this.threshold } }) }),
      version: async () => version,
      evidence: async (_, number) => (number === 1 ? this.evidence : undefined),
      saveEvidence: async (evidence) => {
        if (evidence.generation !== (this.evidence?.generation ?? -1) + 1) throw new Conflict('changed meanwhile');
        this.evidence = evidence;
        this.did.push('saved');
      },
      publish: async ({ version: number }, role) => void this.did.push(`${role} ${number} published`),
      recordDrift: async (_, driftSince) => {
        const fact = `drift since ${driftSince}`;
        const isNew = !this.did.includes(fact);
        if (isNew) this.did.push(fact);
        return isNew;
      },
      ensureAlarm: async (model, threshold) => void this.did.push(`alarm of ${model} at ${threshold}`),
      now: () => this.now,
    };
  }
}

test.each([undefined, { mode: 'unserved', model: 'credit', generation: 1, changedAt: 1 } as const])(
  'a model without a champion is not watched',
  async (route) => {
    const world = new World();
    world.routed = route;
    expect(await watchModel('credit', world.ports)).toBeUndefined();
    await tellEvidence(evidenceFrom(allWrong), world.ports);
    expect(world.did).toEqual([]);
  },
);

test('a champion without outcomes has its alarm, and does not drift', async () => {
  const world = new World();
  expect(await watchModel('credit', world.ports)).toBe(false);
  expect(world.did).toEqual(['alarm of credit at 3650', 'Champion 1 published']);
});

test('a batch that idle traffic left open is judged by the clock, and the drift it shows goes on record once', async () => {
  const world = new World();
  world.evidence = evidenceFrom(allWrong);
  expect(await watchModel('credit', world.ports)).toBe(true);
  expect(world.evidence).toMatchObject({ driftSince: TOMORROW, generation: 1, detector: { batches: 1 } });
  world.now += 60_000;
  expect(await watchModel('credit', world.ports)).toBe(true);
  expect(world.did.filter((did) => did === 'saved')).toHaveLength(1);
  expect(world.did.filter((did) => did.startsWith('drift'))).toEqual([`drift since ${TOMORROW}`]);
});

test('outcomes that come at the same moment judge the batch themselves, and the clock gives way', async () => {
  const world = new World();
  const evidence = evidenceFrom(allWrong);
  world.evidence = { ...evidence, generation: 5 };
  const ports = { ...world.ports, evidence: async () => evidence };
  expect(await watchModel('credit', ports)).toBe(false);
  expect(world.evidence.generation).toBe(5);
});

test('a failure that is no conflict is told', async () => {
  const world = new World();
  world.evidence = evidenceFrom(allWrong);
  const saveEvidence = async () => {
    throw new Error('no such table');
  };
  await expect(watchModel('credit', { ...world.ports, saveEvidence })).rejects.toThrow('no such table');
});

test('alarm and detector share the policy’s threshold, also when it changes', async () => {
  const world = new World();
  world.evidence = evidenceFrom([outcome(0)]);
  world.threshold = 20;
  await watchModel('credit', world.ports);
  expect(world.did).toContain('alarm of credit at 20');
  expect(world.evidence).toMatchObject({ detector: { threshold: 20 } });
});

test('a challenger’s metrics have its role’s names, and its errors are no drift of the champion', async () => {
  const world = new World();
  world.routed = shadowRoute();
  await watchModel('credit', world.ports);
  expect(world.did).toEqual(['alarm of credit at 3650', 'Champion 1 published', 'Challenger 2 published']);
  world.did.length = 0;
  await tellEvidence({ ...evidenceFrom(allWrong, TOMORROW), version: 2 }, world.ports);
  expect(world.did).toEqual(['Challenger 2 published']);
});

test('evidence of a champion that drifts is published and put on record', async () => {
  const world = new World();
  await tellEvidence(evidenceFrom(allWrong, TOMORROW), world.ports);
  expect(world.did).toEqual(['Champion 1 published', `drift since ${TOMORROW}`]);
});

test('evidence of a version that serves no more is not published', async () => {
  const world = new World();
  world.routed = championRoute(3);
  await tellEvidence(evidenceFrom(allWrong, TOMORROW), world.ports);
  expect(world.did).toEqual([]);
});
