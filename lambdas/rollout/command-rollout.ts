import { Conflict, NotFound, NotReady } from '../kernel/errors';
import type { Actor, ModelVersion, VersionRef } from '../registry/contract';
import { retired, serving } from '../registry/domain/version-lifecycle';
import type { Rollout } from './contract';
import { championReplaced } from './domain/rollout-lifecycle';
import { plain, promote, withdraw } from './end-rollout';
import type { RolloutPorts } from './ports';
import { untilUnchanged } from './until-unchanged';

/** An operator's word on a running rollout. @throws Conflict when it is over, or not asking */
export const commandRollout = async (
  rollout: Rollout,
  command: 'promote' | 'rollback',
  reason: string,
  actor: Actor,
  ports: RolloutPorts,
): Promise<Rollout | undefined> => {
  if (rollout.status !== 'RUNNING') throw new Conflict(`rollout ${rollout.id} is ${rollout.status} already`);
  if (command === 'rollback') return withdraw(rollout.model, rollout.id, 'ROLLED_BACK', reason, ports, actor);
  if (rollout.phase !== 'asking')
    throw new Conflict(
      `rollout ${rollout.id} does not ask for a decision; outcomes decide until its step's deadline has passed`,
    );
  const promoted = await promote(rollout.model, rollout.id, reason, ports, actor);
  if (rollout.taskToken !== undefined) await ports.executions.nudge(rollout.taskToken, { decision: 'ended' });
  return promoted;
};

/** A version that Contender hosts answers only while its endpoint is in service, which it may have to come into again. */
const mustAnswer = async (version: ModelVersion, { hosting }: RolloutPorts): Promise<void> => {
  if (version.manifest?.container === undefined) return;
  const { model, version: number } = version;
  const progress = await hosting.ensure(model, number);
  if (progress.hosting === 'failed')
    throw new Conflict(`version ${number} of ${model} cannot answer: ${progress.reason}`);
  if (progress.hosting !== 'ready')
    throw new NotReady(
      `the endpoint of version ${number} of ${model} is being started anew; roll back again once it is in service, in some minutes`,
    );
};

const returnTo = async (
  model: string,
  to: number | undefined,
  reason: string,
  actor: Actor,
  ports: RolloutPorts,
): Promise<VersionRef> =>
  untilUnchanged(async () => {
    const route = await ports.registry.route(model);
    if (route === undefined || route.mode === 'unserved') throw new NotFound(`${model} has no champion to roll back`);
    if (route.mode !== 'champion')
      throw new Conflict(
        `rollout ${route.rolloutId} of ${model} started meanwhile; roll back again to withdraw it too`,
      );
    const target = to ?? route.previousChampion?.version;
    if (target === undefined)
      throw new Conflict(`${model} has had no champion before version ${route.champion.version}; name one with "to"`);
    if (target === route.champion.version) throw new Conflict(`version ${target} is the champion of ${model} already`);
    const [rising, falling] = await Promise.all([
      ports.registry.version(model, target),
      ports.registry.version(model, route.champion.version),
    ]);
    if (rising.status !== 'RETIRED')
      throw new Conflict(
        `version ${target} of ${model} is ${rising.status}; a rollback returns to a version that has served before`,
      );
    await mustAnswer(rising, ports);
    const at = ports.now();
    const champion = { version: target, rootDigest: rising.rootDigest };
    await ports.store.commit({
      route: championReplaced(route, model, champion, at),
      versions: [serving(rising, at), ...(falling.status === 'SERVING' ? [retired(falling, at)] : [])],
      audit: {
        model: rising.model,
        type: 'Champion Changed',
        at,
        actor,
        ...champion,
        detail: plain({ replaced: route.champion.version, reason, rollback: true }),
      },
    });
    return champion;
  });

/** Withdraws the running challenger; without one, returns to the champion before this one, or to the version named. */
export const rollBack = async (
  model: string,
  request: { reason: string; to?: number | undefined },
  actor: Actor,
  ports: RolloutPorts,
): Promise<VersionRef> => {
  const route = await ports.registry.route(model);
  if (route === undefined || route.mode === 'unserved') throw new NotFound(`${model} has no champion to roll back`);
  if (route.mode !== 'champion') {
    const ended = await withdraw(model, route.rolloutId, 'ROLLED_BACK', request.reason, ports, actor);
    // Promoted at the same moment, the challenger is champion now, and the way back leads to the champion before.
    const isPromoted = ended?.status === 'PROMOTED';
    if (!isPromoted && (request.to === undefined || request.to === route.champion.version)) return route.champion;
  }
  return returnTo(model, request.to, request.reason, actor, ports);
};
