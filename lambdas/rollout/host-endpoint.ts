import { UpstreamFailed } from '../kernel/errors';
import type { HostingProgress } from './contract';
import { type HostedEndpoint, hostedEndpointOf } from './domain/hosted-endpoint';
import type { HostingPorts } from './hosting-ports';

const MINUTE_MS = 60_000;

/** One step towards an endpoint in service; asked again until it is ready or has failed. */
const advance = async (endpoint: HostedEndpoint, { host }: HostingPorts): Promise<HostingProgress> => {
  const state = await host.look(endpoint.name);
  if (state.status === 'in-service') return { hosting: 'ready' };
  if (state.status === 'failed')
    return { hosting: 'failed', reason: `endpoint ${endpoint.name} did not come into service: ${state.reason}` };
  if (state.status !== 'absent') return { hosting: 'starting' };
  try {
    await host.create(endpoint);
    return { hosting: 'starting' };
  } catch (error) {
    if (!(error instanceof UpstreamFailed)) throw error;
    return { hosting: 'failed', reason: error.message };
  }
};

/** The same, but not for ever. */
const advanceInTime = async (
  endpoint: HostedEndpoint,
  since: number,
  what: 'rollout' | 'evaluation',
  ports: HostingPorts,
): Promise<HostingProgress> => {
  const progress = await advance(endpoint, ports);
  const isLate = ports.now() - since > ports.startTimeoutMs;
  if (progress.hosting !== 'starting' || !isLate) return progress;
  const reason = `endpoint ${endpoint.name} was not in service ${ports.startTimeoutMs / MINUTE_MS} minutes after the ${what} started`;
  return { hosting: 'failed', reason };
};

/** Before a challenger meets anybody its endpoint must answer. Run again it goes on where it was. */
export const hostChallenger = async (
  model: string,
  rolloutId: string,
  ports: HostingPorts,
): Promise<HostingProgress> => {
  const rollout = await ports.store.find(model, rolloutId);
  if (rollout === undefined || rollout.status !== 'RUNNING') return { hosting: 'ended' };
  const endpoint = hostedEndpointOf(await ports.registry.version(model, rollout.challenger.version), ports.place);
  if (endpoint === undefined) return { hosting: 'none' };
  return advanceInTime(endpoint, rollout.startedAt, 'rollout', ports);
};

/** Before a candidate is evaluated its endpoint must answer. @param since when its evaluation began */
export const hostCandidate = async (
  model: string,
  number: number,
  since: number,
  ports: HostingPorts,
): Promise<HostingProgress> => {
  const version = await ports.registry.version(model, number);
  if (version.status !== 'REGISTERED') return { hosting: 'ended' };
  const endpoint = hostedEndpointOf(version, ports.place);
  return endpoint === undefined ? { hosting: 'none' } : advanceInTime(endpoint, since, 'evaluation', ports);
};

/** A rollback returns to a version whose endpoint may be gone. */
export const ensureHosted = async (model: string, number: number, ports: HostingPorts): Promise<HostingProgress> => {
  const endpoint = hostedEndpointOf(await ports.registry.version(model, number), ports.place);
  return endpoint === undefined ? { hosting: 'none' } : advance(endpoint, ports);
};
