import { Conflict } from '../kernel/errors';
import type { Actor, AuditEntry, ModelVersion, VersionRef } from '../registry/contract';
import { retired, serving } from '../registry/domain/version-lifecycle';
import type { EndedRollout, Rollout, RunningRollout } from './contract';
import { championAlone, championReplaced, end, running } from './domain/rollout-lifecycle';
import type { RolloutPorts } from './ports';
import { untilUnchanged } from './until-unchanged';

export const PLATFORM: Actor = { kind: 'platform', id: 'rollout' };

/** JSON as the record keeps it: without what is undefined. */
export const plain = <const T>(value: T): T => JSON.parse(JSON.stringify(value));

const find = async (model: string, id: string, ports: RolloutPorts): Promise<Rollout | undefined> =>
  ports.store.find(model, id);

/**
 * Takes a challenger out of traffic at once, in one commit, and wakes the execution to its end. A rollout that is over
 * already is left as it is.
 */
export const withdraw = async (
  model: string,
  id: string,
  status: Exclude<EndedRollout['status'], 'PROMOTED'>,
  reason: string,
  ports: RolloutPorts,
  actor: Actor = PLATFORM,
): Promise<Rollout | undefined> => {
  let waiting: string | undefined;
  const ended = await untilUnchanged(async () => {
    const rollout = await find(model, id, ports);
    waiting = undefined;
    if (rollout === undefined || rollout.status !== 'RUNNING') return rollout;
    waiting = rollout.taskToken;
    const at = ports.now();
    const [route, challenger, evidence] = await Promise.all([
      ports.registry.route(model),
      ports.registry.version(model, rollout.challenger.version),
      ports.evidence.read(rollout),
    ]);
    const compared =
      route !== undefined && (route.mode === 'shadow' || route.mode === 'canary') && route.rolloutId === id;
    const over = end(rollout, status, reason, at);
    await ports.store.commit({
      rollout: over,
      ...(compared ? { route: championAlone(route, at) } : {}),
      ...(challenger.status === 'SERVING' ? { versions: [retired(challenger, at)] } : {}),
      audit: {
        model: rollout.model,
        type: 'Rollout Ended',
        at,
        actor,
        ...rollout.challenger,
        detail: plain({ rolloutId: id, status, reason, evidence, champion: rollout.champion?.version }),
      },
    });
    return over;
  });
  if (waiting !== undefined) await ports.executions.nudge(waiting, { decision: 'ended' });
  return ended;
};

const swap = async (
  model: string,
  up: VersionRef,
  down: VersionRef | undefined,
  at: number,
  ports: RolloutPorts,
): Promise<ModelVersion[]> => {
  const rising = await ports.registry.version(model, up.version);
  const falling =
    down === undefined || down.version === up.version ? undefined : await ports.registry.version(model, down.version);
  return [
    ...(rising.status === 'SERVING' ? [] : [serving(rising, at)]),
    ...(falling?.status === 'SERVING' ? [retired(falling, at)] : []),
  ];
};

/** The end of a climb has two events; the second is written when the first is on record, once. */
const announce = async (rollout: EndedRollout, ports: RolloutPorts): Promise<void> => {
  if (rollout.announced) return;
  const detail = plain({
    rolloutId: rollout.id,
    status: rollout.status,
    reason: rollout.reason,
    champion: rollout.champion?.version,
  });
  const audit: AuditEntry = {
    model: rollout.model,
    type: 'Rollout Ended',
    at: ports.now(),
    actor: PLATFORM,
    ...rollout.challenger,
    detail,
  };
  await ports.store.commit({ rollout: { ...rollout, announced: true, generation: rollout.generation + 1 }, audit });
};

const promoteOnce = async (
  rollout: RunningRollout,
  reason: string,
  actor: Actor,
  ports: RolloutPorts,
): Promise<EndedRollout> => {
  const at = ports.now();
  const [route, evidence] = await Promise.all([ports.registry.route(rollout.model), ports.evidence.read(rollout)]);
  const replaced = route === undefined || route.mode === 'unserved' ? undefined : route.champion;
  // Nothing becomes champion over another that it was never compared with.
  if (replaced !== undefined && !(route !== undefined && 'rolloutId' in route && route.rolloutId === rollout.id))
    throw new Conflict(
      `version ${rollout.challenger.version} of ${rollout.model} is not being compared with its champion, version ${replaced.version}; rollout ${rollout.id} cannot promote it`,
    );
  const over = end(rollout, 'PROMOTED', reason, at);
  await ports.store.commit({
    rollout: over,
    route: championReplaced(route, rollout.model, rollout.challenger, at),
    versions: await swap(rollout.model, rollout.challenger, replaced, at, ports),
    audit: {
      model: rollout.model,
      type: 'Champion Changed',
      at,
      actor,
      ...rollout.challenger,
      detail: plain({ rolloutId: rollout.id, replaced: replaced?.version, reason, evidence }),
    },
  });
  return over;
};

/** Makes the challenger the champion. Run again it completes what is missing, and changes nothing else. */
export const promote = async (
  model: string,
  id: string,
  reason: string,
  ports: RolloutPorts,
  actor: Actor = PLATFORM,
): Promise<Rollout | undefined> =>
  untilUnchanged(async () => {
    const rollout = await find(model, id, ports);
    if (rollout === undefined) return undefined;
    const over = rollout.status === 'RUNNING' ? await promoteOnce(running(rollout), reason, actor, ports) : rollout;
    await announce(over, ports);
    return over;
  });
