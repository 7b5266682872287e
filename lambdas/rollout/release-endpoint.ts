import { Conflict } from '../kernel/errors';
import type { ModelVersion } from '../registry/contract';
import { hostedNameOf, isReleasable } from './domain/hosted-endpoint';
import { PLATFORM } from './end-rollout';
import type { HostedEntry, HostingPorts } from './hosting-ports';

/** What was made so recently may be on its way into a rollout, or back by a rollback, of which the lists do not tell yet. */
const YOUNG_MS = 3_600_000;

/** `busy`: SageMaker deletes nothing that it is still making; the sweep comes back to it. */
export type Release = 'released' | 'kept' | 'busy' | 'none';

const digestOf = ({ rootDigest }: ModelVersion): { rootDigest?: string } =>
  rootDigest === undefined ? {} : { rootDigest };

/**
 * Deletes a version's endpoint. The version's row is written first: a rollback that makes it champion at the same moment is
 * conditional on that row, so either the endpoint is kept, or the rollback sees that it is gone.
 */
const release = async (version: ModelVersion, isClimbing: boolean, ports: HostingPorts): Promise<Release> => {
  const endpoint = hostedNameOf(version, ports.place);
  if (endpoint === undefined) return 'none';
  const at = ports.now();
  const route = await ports.registry.route(version.model);
  if (!isReleasable(version, route, isClimbing, ports.keepFormerMs, at)) return 'kept';
  const { status } = await ports.host.look(endpoint);
  if (status === 'starting') return 'busy';
  const { model, version: number } = version;
  const detail = { endpoint };
  await ports.store.commit({
    versions: [{ ...version, generation: version.generation + 1 }],
    audit: { model, type: 'Endpoint Released', at, actor: PLATFORM, version: number, ...digestOf(version), detail },
  });
  await ports.host.remove(endpoint);
  return 'released';
};

/** The way back of a rollout that is over, however it ended; a champion keeps its endpoint. */
export const releaseAfterRollout = async (model: string, rolloutId: string, ports: HostingPorts): Promise<Release> => {
  const rollout = await ports.store.find(model, rolloutId);
  if (rollout === undefined) return 'none';
  const version = await ports.registry.version(model, rollout.challenger.version);
  return release(version, rollout.status === 'RUNNING', ports);
};

/** The way back of an evaluation, whatever came of it: nothing is paid for while people decide. The rollout hosts it anew. */
export const releaseCandidate = async (model: string, number: number, ports: HostingPorts): Promise<Release> => {
  const version = await ports.registry.version(model, number);
  return release(version, await ports.isClimbing(model, number), ports);
};

const sweepOne = async (entry: HostedEntry, ports: HostingPorts): Promise<Release> => {
  const age = ports.now() - entry.createdAt;
  if (age < YOUNG_MS) return 'kept';
  const version = await ports.registry.findVersion(entry.model, entry.version);
  if (version === undefined || hostedNameOf(version, ports.place) !== entry.name) return 'none';
  // It may have been long in starting, and be under evaluation now.
  if (version.status === 'REGISTERED' && age < YOUNG_MS + ports.startTimeoutMs) return 'kept';
  return release(version, await ports.isClimbing(entry.model, entry.version), ports);
};

/** Former champions whose time is up, and whatever a rollout that died has left. One that fails does not keep the others. */
export const sweepEndpoints = async (
  ports: HostingPorts,
  failed: (entry: HostedEntry, error: unknown) => void,
): Promise<Record<Release, number>> => {
  const counts: Record<Release, number> = { released: 0, kept: 0, busy: 0, none: 0 };
  for await (const entry of ports.host.list()) {
    try {
      counts[await sweepOne(entry, ports)] += 1;
    } catch (error) {
      // Somebody uses the version at this moment; the next sweep sees for what.
      if (error instanceof Conflict) counts.kept += 1;
      else failed(entry, error);
    }
  }
  return counts;
};
