import { Conflict } from '../kernel/errors';
import type { AcceptedVersion, Route } from '../registry/contract';
import { policyFor } from '../registry/domain/policy-for';
import { serving } from '../registry/domain/version-lifecycle';
import { rolloutIdOf } from '../registry/rollout-id';
import type { Rollout, RunningRollout } from './contract';
import { decideStep } from './domain/decide-step';
import { askPerson, enterNextStep, routeForStep } from './domain/rollout-lifecycle';
import { PLATFORM, plain, withdraw } from './end-rollout';
import type { RolloutPorts } from './ports';
import { untilUnchanged } from './until-unchanged';

/** Mean loss that a margin is a share of, where nothing was measured: the margin is then small, and so cautious. */
const UNKNOWN_MEAN_LOSS = 0.1;

/** Stores a rollout before its execution is started, which is named by it: starting twice starts once. */
export const startRollout = async (
  model: string,
  number: number,
  approvalId: string,
  ports: RolloutPorts,
): Promise<Rollout> => {
  const version = await ports.registry.version(model, number);
  if (!('approvalId' in version))
    throw new Conflict(
      `version ${number} of ${model} is ${version.status}; only an approved version can be rolled out`,
    );
  const id = rolloutIdOf({ ...version, approvalId });
  const known = await ports.store.find(model, id);
  const rollout = known ?? (await create(id, version, approvalId, ports));
  if (rollout.status === 'RUNNING') await ports.executions.start(rollout);
  return rollout;
};

const create = async (
  id: string,
  { model, version, rootDigest, manifest }: AcceptedVersion,
  approvalId: string,
  ports: RolloutPorts,
): Promise<RunningRollout> => {
  const [route, { policy }] = await Promise.all([ports.registry.route(model), ports.registry.policy(model)]);
  const champion = route === undefined || route.mode === 'unserved' ? undefined : route.champion;
  const served = champion === undefined ? undefined : await ports.registry.version(model, champion.version);
  const meanLoss =
    (served !== undefined && 'evaluation' in served ? served.evaluation?.baseline?.mean : undefined) ??
    UNKNOWN_MEAN_LOSS;
  const { demands, standing } = policyFor(policy, manifest);
  const { steps, margin, alpha, stepDeadline, personDeadline } = demands.rollout;
  const challenger = { version, rootDigest };
  const at = ports.now();
  const rollout: RunningRollout = {
    ...{ id, model, challenger, ...(champion === undefined ? {} : { champion }), approvalId, startedAt: at },
    ...{ steps, margin: margin * meanLoss, alpha, stepDeadline, personDeadline },
    ...{ status: 'RUNNING', phase: 'starting', stepIndex: -1, stepEnteredAt: at, generation: 0 },
  };
  const compared = champion === undefined ? {} : { champion: champion.version };
  const detail = { rolloutId: id, ...compared, ...standing, steps: plain(steps), margin: rollout.margin, alpha };
  await ports.store.commit({
    rollout,
    audit: { model, type: 'Rollout Started', at, actor: PLATFORM, ...challenger, detail },
  });
  return rollout;
};

/**
 * Rollouts of one model meet on its route, where the one approved last stays (a rollout's ULID begins with the time of its
 * approval); the other is superseded. True when this one gave way.
 */
const givesWay = async (rollout: RunningRollout, route: Route | undefined, ports: RolloutPorts): Promise<boolean> => {
  if (route === undefined || !('rolloutId' in route) || route.rolloutId === rollout.id) return false;
  const { model, id, challenger } = rollout;
  const isOlder = id < route.rolloutId;
  const [loser, winner] = isOlder ? [id, route.challenger] : [route.rolloutId, challenger];
  await withdraw(model, loser, 'SUPERSEDED', `version ${winner.version} was approved`, ports);
  return isOlder;
};

/** First state of the machine: whom the challenger meets. A newer approval supersedes a rollout that still climbs. */
export const beginRollout = async (
  model: string,
  id: string,
  ports: RolloutPorts,
): Promise<{ next: 'promote' | 'step' | 'ended' }> => {
  const rollout = await ports.store.find(model, id);
  if (rollout === undefined || rollout.status !== 'RUNNING') return { next: 'ended' };
  const route = await ports.registry.route(model);
  if (route === undefined || route.mode === 'unserved') return { next: 'promote' };
  return { next: (await givesWay(rollout, route, ports)) ? 'ended' : 'step' };
};

/** Puts the challenger into its next step. Whoever ended the rollout meanwhile wins. */
export const enterStep = async (model: string, id: string, taskToken: string, ports: RolloutPorts): Promise<void> => {
  const ended = await untilUnchanged(async () => {
    const found = await ports.store.find(model, id);
    if (found === undefined || found.status !== 'RUNNING') return true;
    if (await givesWay(found, await ports.registry.route(model), ports)) return true;
    const at = ports.now();
    const [route, challenger, before] = await Promise.all([
      ports.registry.route(model),
      ports.registry.version(model, found.challenger.version),
      ports.evidence.read(found),
    ]);
    if (route === undefined || route.mode === 'unserved')
      throw new Conflict(`${model} lost its champion while rollout ${id} was running`);
    if ('rolloutId' in route && route.rolloutId !== id)
      throw new Conflict(`another rollout of ${model} was faster`, { cause: route });
    const climbs = decideStep(found, before, [], at).decision === 'advance';
    const { rollout, step } = enterNextStep(found, taskToken, climbs, at);
    const detail = plain({
      rolloutId: id,
      step: rollout.stepIndex + 1,
      of: rollout.steps.length,
      ...step,
      ...(found.stepIndex >= 0 ? { evidence: before } : {}),
    });
    await ports.store.commit({
      rollout,
      route: routeForStep(route, route.champion, rollout, step, at),
      ...(challenger.status === 'SERVING' ? {} : { versions: [serving(challenger, at)] }),
      audit: { model: found.model, type: 'Rollout Step Changed', at, actor: PLATFORM, ...found.challenger, detail },
    });
    return false;
  });
  if (ended) await ports.executions.succeed(taskToken, { decision: 'ended' });
};

/** The step's deadline has passed without a verdict: an operator must say how it goes on. Traffic stays as it is. */
export const askOperator = async (model: string, id: string, taskToken: string, ports: RolloutPorts): Promise<void> => {
  const ended = await untilUnchanged(async () => {
    const found = await ports.store.find(model, id);
    if (found === undefined || found.status !== 'RUNNING') return true;
    const detail = plain({
      rolloutId: id,
      step: found.stepIndex + 1,
      asking: true,
      evidence: await ports.evidence.read(found),
    });
    const audit = {
      model: found.model,
      type: 'Rollout Step Changed' as const,
      at: ports.now(),
      actor: PLATFORM,
      ...found.challenger,
      detail,
    };
    await ports.store.commit({ rollout: askPerson(found, taskToken), audit });
    return false;
  });
  if (ended) await ports.executions.succeed(taskToken, { decision: 'ended' });
};
