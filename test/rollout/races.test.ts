import { rollBack } from '../../lambdas/rollout/command-rollout';
import { askOperator, beginRollout, enterStep, startRollout } from '../../lambdas/rollout/drive-rollout';
import { promote, withdraw } from '../../lambdas/rollout/end-rollout';
import { judgeRollout } from '../../lambdas/rollout/judge-rollout';
import { MODEL, ref, World } from './fakes';

const operator = { kind: 'person' as const, id: 'op', name: 'Op' };

/** Version 1 is champion; versions 2 and 3 were approved one after the other and have begun. */
const contest = async (): Promise<{ world: World; older: string; newer: string }> => {
  const world = new World([1, 2, 3]);
  const first = await startRollout(MODEL, 1, 'approval-1', world);
  await promote(MODEL, first.id, 'first', world);
  const older = await startRollout(MODEL, 2, 'approval-2', world);
  const newer = await startRollout(MODEL, 3, 'approval-3', world);
  await beginRollout(MODEL, older.id, world);
  await beginRollout(MODEL, newer.id, world);
  return { world, older: older.id, newer: newer.id };
};

test('of two rollouts that began together the one approved last climbs, whichever enters first', async () => {
  for (const order of ['older first', 'newer first']) {
    const { world, older, newer } = await contest();
    const entries = [
      () => enterStep(MODEL, older, 'token-older', world),
      () => enterStep(MODEL, newer, 'token-newer', world),
    ];
    for (const enter of order === 'older first' ? entries : entries.reverse()) await enter();
    expect(world.route).toMatchObject({ mode: 'shadow', challenger: ref(3), rolloutId: newer });
    expect(world.rollouts.get(older)).toMatchObject({ status: 'SUPERSEDED', reason: 'version 3 was approved' });
    expect(world.woken).toContainEqual(['token-older', { decision: 'ended' }]);
    expect(world.serving()).toEqual([1, 3]);
  }
});

test('an older rollout that begins late does not supersede the newer one', async () => {
  const { world, older, newer } = await contest();
  await enterStep(MODEL, newer, 'token', world);
  expect(await beginRollout(MODEL, older, world)).toEqual({ next: 'ended' });
  expect(world.rollouts.get(newer)?.status).toBe('RUNNING');
  expect(world.rollouts.get(older)?.status).toBe('SUPERSEDED');
});

test('a step whose task is tried again with another token is not skipped', async () => {
  const { world, newer } = await contest();
  await enterStep(MODEL, newer, 'first try', world);
  const enteredAt = world.clock;
  world.clock += 1000;
  await enterStep(MODEL, newer, 'second try', world);
  expect(world.route).toMatchObject({ mode: 'shadow' });
  expect(world.rollouts.get(newer)).toMatchObject({
    stepIndex: 0,
    stepEnteredAt: enteredAt,
    taskToken: 'second try',
  });
});

test('of two first versions only one is promoted without a comparison', async () => {
  const world = new World([1, 2]);
  const first = await startRollout(MODEL, 1, 'approval-1', world);
  const second = await startRollout(MODEL, 2, 'approval-2', world);
  expect(await beginRollout(MODEL, first.id, world)).toEqual({ next: 'promote' });
  expect(await beginRollout(MODEL, second.id, world)).toEqual({ next: 'promote' });
  await promote(MODEL, first.id, 'first', world);
  await expect(promote(MODEL, second.id, 'first', world)).rejects.toThrow(/not being compared with its champion/);
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1) });
});

test('a challenger proven worse while an operator is asked is withdrawn, and the execution that asks ends', async () => {
  const { world, newer } = await contest();
  await enterStep(MODEL, newer, 'token', world);
  await askOperator(MODEL, newer, 'asking', world);
  world.step = { ...world.step, verdict: 'worse' } as World['step'];
  await judgeRollout(MODEL, newer, world);
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1) });
  expect(world.woken.at(-1)).toEqual(['asking', { decision: 'ended' }]);
});

/** Lets something happen between what a use case reads and what it writes, once. */
const meanwhile = (world: World, happens: () => Promise<unknown>): void => {
  const read = world.evidence.read;
  world.evidence.read = async () => {
    world.evidence.read = read;
    await happens();
    return read();
  };
};

test('a withdrawal that meets a new step wakes the execution that waits there', async () => {
  const { world, newer } = await contest();
  await enterStep(MODEL, newer, 'old token', world);
  meanwhile(world, () => enterStep(MODEL, newer, 'new token', world));
  await withdraw(MODEL, newer, 'ROLLED_BACK', 'told to', world);
  expect(world.woken).toEqual([['new token', { decision: 'ended' }]]);
});

test('a rollback that meets a promotion returns to the champion before', async () => {
  const { world, newer } = await contest();
  await enterStep(MODEL, newer, 'token', world);
  meanwhile(world, () => promote(MODEL, newer, 'passed', world));
  expect(await rollBack(MODEL, { reason: 'it errs' }, operator, world)).toEqual(ref(1));
  expect(world.route).toMatchObject({ mode: 'champion', champion: ref(1) });
  expect(world.serving()).toEqual([1]);
});
