import fc from 'fast-check';
import { manifestSchema, policySchema } from '../../lambdas/registry/contract';
import { commandRollout, rollBack } from '../../lambdas/rollout/command-rollout';
import { askOperator, beginRollout, enterStep, startRollout } from '../../lambdas/rollout/drive-rollout';
import { promote, withdraw } from '../../lambdas/rollout/end-rollout';
import { judgeRollout, reconcileRollout } from '../../lambdas/rollout/judge-rollout';
import { MODEL, ref, World } from './fakes';

const operator = { kind: 'person' as const, id: 'op', name: 'Op' };

/** Evidence on which a shadow is left upwards. */
const proven: World['step'] = {
  ...{ kind: 'pairs', verdict: 'not-worse', pairs: 300, meanDifference: 0 },
  eValues: { better: 1, notWorse: 20, worse: 1 },
};

/** A world whose version 1 is champion and whose version 2 has started to climb. */
const climbing = async (): Promise<{ world: World; id: string }> => {
  const world = new World([1, 2, 3]);
  const first = await startRollout(MODEL, 1, 'approval-1', world);
  await beginRollout(MODEL, first.id, world);
  await promote(MODEL, first.id, 'first', world);
  const { id } = await startRollout(MODEL, 2, 'approval-2', world);
  return { world, id };
};

test('the first version has nothing to meet and is promoted at once, once', async () => {
  const world = new World([1]);
  const { id } = await startRollout(MODEL, 1, 'approval-1', world);
  expect((await startRollout(MODEL, 1, 'approval-1', world)).id).toBe(id);
  expect(world.started).toEqual([id, id]);
  expect(await beginRollout(MODEL, id, world)).toEqual({ next: 'promote' });
  await promote(MODEL, id, 'first', world);
  await promote(MODEL, id, 'first', world);
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1), generation: 0 });
  expect(world.audits.map(({ type }) => type)).toEqual(['Rollout Started', 'Champion Changed', 'Rollout Ended']);
});

test('a challenger climbs step by step; a step that is entered again is entered once', async () => {
  const { world, id } = await climbing();
  expect(await beginRollout(MODEL, id, world)).toEqual({ next: 'step' });
  await enterStep(MODEL, id, 'token-1', world);
  await enterStep(MODEL, id, 'token-1', world);
  expect(world.route).toMatchObject({ mode: 'shadow', champion: ref(1), challenger: ref(2), rolloutId: id });
  world.step = proven;
  await enterStep(MODEL, id, 'token-2', world);
  expect(world.route).toMatchObject({ mode: 'canary', weight: 0.5 });
  await promote(MODEL, id, 'passed', world);
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(2), previousChampion: ref(1) });
  expect(world.serving()).toEqual([2]);
});

test('a verdict "worse" withdraws at once and wakes the execution to its end', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  world.step = { ...world.step, verdict: 'worse' } as typeof world.step;
  await judgeRollout(MODEL, id, world);
  expect(world.rollouts.get(id)).toMatchObject({
    status: 'ROLLED_BACK',
    reason: expect.stringMatching(/worse/) as string,
  });
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1) });
  expect(world.woken).toEqual([['token', { decision: 'ended' }]]);
  expect(world.serving()).toEqual([1]);
});

test('an alarm withdraws too', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  world.raised = ['scoring-errors'];
  await judgeRollout(MODEL, id, world);
  expect(world.rollouts.get(id)).toMatchObject({ status: 'ROLLED_BACK', reason: 'alarm scoring-errors' });
});

test('a dead execution leaves the champion alone, but a young one is given time to come to be', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  world.dead.add(id);
  const rollout = world.rollouts.get(id);
  if (!rollout) throw new Error('no rollout');
  await reconcileRollout(rollout, world);
  expect(world.rollouts.get(id)?.status).toBe('RUNNING');
  world.clock += 200_000;
  await reconcileRollout(rollout, world);
  expect(world.rollouts.get(id)?.status).toBe('ABORTED');
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1) });
});

test('a newer approval supersedes a rollout that still climbs', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  const next = await startRollout(MODEL, 3, 'approval-3', world);
  expect(await beginRollout(MODEL, next.id, world)).toEqual({ next: 'step' });
  expect(world.rollouts.get(id)?.status).toBe('SUPERSEDED');
  await enterStep(MODEL, id, 'late', world);
  expect(world.woken.at(-1)).toEqual(['late', { decision: 'ended' }]);
});

test('a person may promote only when asked', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  const before = world.rollouts.get(id);
  if (!before) throw new Error('no rollout');
  await expect(commandRollout(before, 'promote', 'I like it', operator, world)).rejects.toThrow(/outcomes decide/);
  await askOperator(MODEL, id, 'asking', world);
  const asking = world.rollouts.get(id);
  if (!asking) throw new Error('no rollout');
  expect(await commandRollout(asking, 'promote', 'it baked long enough', operator, world)).toMatchObject({
    status: 'PROMOTED',
  });
});

test('a rollback without a rollout returns to the champion before', async () => {
  const { world, id } = await climbing();
  await enterStep(MODEL, id, 'token', world);
  await promote(MODEL, id, 'passed', world);
  expect(await rollBack(MODEL, { reason: 'it errs' }, operator, world)).toEqual(ref(1));
  expect(world.serving()).toEqual([1]);
  await expect(rollBack(MODEL, { reason: 'x', to: 3 }, operator, world)).rejects.toThrow(
    /version 3 of wage is APPROVED; a rollback returns to a version that has served before/,
  );
});

/** What may happen to a rollout, at any time and more than once. */
const ACTIONS: Readonly<Record<string, (world: World, id: string, token: string) => Promise<unknown>>> = {
  enter: (world, id, token) => enterStep(MODEL, id, token, world).catch(() => 'there is no further step'),
  begin: (world, id) => beginRollout(MODEL, id, world),
  ask: (world, id, token) => askOperator(MODEL, id, token, world),
  promote: (world, id) => promote(MODEL, id, 'passed', world).catch(() => 'it is not compared with the champion'),
  prove: async (world) => Object.assign(world, { step: proven }),
  withdraw: (world, id) => withdraw(MODEL, id, 'ROLLED_BACK', 'told to', world),
};
const happenings = fc.array(fc.record({ action: fc.constantFrom(...Object.keys(ACTIONS)), newer: fc.boolean() }), {
  maxLength: 14,
});

/** What must hold whatever happened; `over` remembers how rollouts ended. */
const checkWorld = (world: World, over: Map<string, string>): void => {
  for (const { id, status } of world.rollouts.values()) {
    expect(status).toBe(over.get(id) ?? status);
    if (status !== 'RUNNING') over.set(id, status);
  }
  if (world.route === undefined || world.route.mode === 'unserved') throw new Error('nobody serves');
  expect(world.serving()).toContain(world.route.champion.version);
  const climbers = [...world.rollouts.values()].filter(
    ({ status, stepIndex }) => status === 'RUNNING' && stepIndex >= 0,
  );
  expect(climbers.map(({ id }) => id)).toEqual('rolloutId' in world.route ? [world.route.rolloutId] : []);
};

test('whatever happens in whatever order, a champion serves, and a rollout that is over stays over', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (happened) => {
      const { world, id } = await climbing();
      const newer = await startRollout(MODEL, 3, 'approval-3', world);
      const over = new Map<string, string>();
      for (const [index, happening] of happened.entries()) {
        await ACTIONS[happening.action]?.(world, happening.newer ? newer.id : id, `token-${index}`);
        checkWorld(world, over);
      }
    }),
    { numRuns: 300 },
  );
});

const SLOW = [{ mode: 'shadow', bake: 'P9D', minPairs: 900 }];
const TIERED = {
  rollout: { steps: [{ mode: 'shadow', bake: 'PT0S' }] },
  tiers: { high: { rollout: { steps: SLOW, margin: 0.05, stepDeadline: 'P30D' } } },
};

test.each([
  ['a version that declares it', {}, { risk: 'high' }],
  ['one that declares none, where nobody is below', { leastRisk: 'high' }, {}],
])('%s climbs by the steps and the margin of its tier', async (_, floor, declared) => {
  const world = new World([1]);
  world.policyInForce = policySchema.parse({ ...TIERED, ...floor });
  const version = world.versions.get(1);
  if (version) world.versions.set(1, { ...version, manifest: manifestSchema.parse(declared) });
  const rollout = await startRollout(MODEL, 1, 'approval-1', world);
  expect(rollout).toMatchObject({ steps: SLOW, stepDeadline: 'P30D', personDeadline: 'P7D', alpha: 0.05 });
  // Nothing serves yet: a share of the mean loss that is taken then.
  expect(rollout.margin).toBeCloseTo(0.05 * 0.1);
  expect(world.audits[0]?.detail).toMatchObject({ steps: SLOW, tier: 'high' });
});

test('a version of another tier climbs by the steps of the policy, and goes on so when the policy changes', async () => {
  const world = new World([1]);
  world.policyInForce = policySchema.parse(TIERED);
  const rollout = await startRollout(MODEL, 1, 'approval-1', world);
  expect(rollout.steps).toEqual([{ mode: 'shadow', bake: 'PT0S', minPairs: 300 }]);
  world.policyInForce = policySchema.parse({ ...TIERED, leastRisk: 'high' });
  expect(await startRollout(MODEL, 1, 'approval-1', world)).toEqual(rollout);
});
