import type { VersionEvidence } from '../monitoring/contract';
import { evidenceOf } from '../monitoring/domain/e-detector';
import type { EntryOf, Route } from '../registry/contract';

export interface RequestRefreshPorts {
  route(model: string): Promise<Route | undefined>;
  evidence(model: string, version: number): Promise<VersionEvidence | undefined>;
  /** Once for each drift. @returns whether it was new */
  record(entry: EntryOf<'Refresh Requested'>): Promise<boolean>;
  readonly now: () => number;
}

/**
 * Puts on record that a model wants retraining, from where the event bus tells the team's training job. Asked twice about
 * one drift it asks once; a champion that has been replaced meanwhile needs none.
 */
export const requestRefresh = async (model: string, alarm: string, ports: RequestRefreshPorts): Promise<boolean> => {
  const route = await ports.route(model);
  if (route === undefined || route.mode === 'unserved') return false;
  const { champion } = route;
  const evidence = await ports.evidence(model, champion.version);
  if (evidence?.driftSince === undefined || evidence.detector === undefined) return false;
  const { logMix, logThreshold, largestStream } = evidenceOf(evidence.detector);
  const detail = {
    alarm,
    reason: 'accuracy drift',
    driftSince: evidence.driftSince,
    outcomes: evidence.window.n,
    logMix,
    logThreshold,
    largestStream,
  };
  const actor = { kind: 'platform' as const, id: 'refresh' };
  return ports.record({
    type: 'Refresh Requested',
    model: route.model,
    ...champion,
    at: ports.now(),
    actor,
    detail,
  });
};
