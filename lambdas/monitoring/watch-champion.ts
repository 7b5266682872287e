import { durationMs } from '../kernel/duration';
import { Conflict } from '../kernel/errors';
import type { AcceptedVersion, Actor, Policy, Route } from '../registry/contract';
import type { VersionEvidence } from './contract';
import { judgeDueBatches } from './domain/detect-drift';
import { evidenceOf } from './domain/e-detector';
import { emptyEvidence } from './domain/weigh-outcomes';

export interface WatchChampionPorts {
  route(model: string): Promise<Route | undefined>;
  policy(model: string): Promise<{ policy: Policy }>;
  version(model: string, version: number): Promise<AcceptedVersion>;
  evidence(model: string, version: number): Promise<VersionEvidence | undefined>;
  /** @throws Conflict */
  saveEvidence(evidence: VersionEvidence): Promise<void>;
  publish(evidence: VersionEvidence, role: 'Champion' | 'Challenger'): Promise<void>;
  recordDrift(evidence: VersionEvidence, driftSince: number, actor: Actor): Promise<boolean>;
  ensureAlarm(model: string, threshold: number): Promise<void>;
  readonly now: () => number;
}

const PLATFORM: Actor = { kind: 'platform', id: 'monitoring' };

const versionsOf = (
  route: Exclude<Route, { mode: 'unserved' }>,
): Array<readonly [number, 'Champion' | 'Challenger']> => [
  [route.champion.version, 'Champion'],
  ...(route.mode === 'champion' ? [] : [[route.challenger.version, 'Challenger'] as const]),
];

/** Publishes a version's evidence in the role that it has now, and puts a champion's drift on record. */
export const tellEvidence = async (evidence: VersionEvidence, ports: WatchChampionPorts): Promise<void> => {
  const route = await ports.route(evidence.model);
  if (route === undefined || route.mode === 'unserved') return;
  const role = versionsOf(route).find(([version]) => version === evidence.version)?.[1];
  if (role === undefined) return;
  await ports.publish(evidence, role);
  if (role === 'Champion' && evidence.driftSince !== undefined)
    await ports.recordDrift(evidence, evidence.driftSince, PLATFORM);
};

/** Judges batches that idle traffic left open. Outcomes that come at the same moment do it themselves. */
const closeIdle = async (evidence: VersionEvidence, ports: WatchChampionPorts): Promise<VersionEvidence> => {
  const [{ policy }, version] = await Promise.all([
    ports.policy(evidence.model),
    ports.version(evidence.model, evidence.version),
  ]);
  const { threshold } = policy.drift;
  const rules = {
    threshold,
    batchMs: durationMs(policy.drift.batch),
    matureAfterMs: durationMs(version.manifest.outcomes?.mature_after ?? 'PT0S'),
  };
  const { detector, learning } = evidence;
  const current = detector === undefined ? evidence : { ...evidence, detector: { ...detector, threshold } };
  const judged = judgeDueBatches(current, ports.now(), rules);
  const isUnchanged =
    judged.detector?.batches === detector?.batches &&
    judged.learning?.lastClosed === learning?.lastClosed &&
    threshold === (detector?.threshold ?? threshold);
  if (isUnchanged) return evidence;
  const next = { ...judged, generation: evidence.generation + 1 };
  try {
    await ports.saveEvidence(next);
    return next;
  } catch (error) {
    if (error instanceof Conflict) return evidence;
    throw error;
  }
};

/** Keeps a model's alarm and metrics up to date. @returns whether its champion drifts now; undefined without a champion */
export const watchModel = async (model: string, ports: WatchChampionPorts): Promise<boolean | undefined> => {
  const route = await ports.route(model);
  if (route === undefined || route.mode === 'unserved') return undefined;
  const { policy } = await ports.policy(model);
  await ports.ensureAlarm(route.model, policy.drift.threshold);
  let drifted = false;
  for (const [version, role] of versionsOf(route)) {
    const evidence = await closeIdle(
      (await ports.evidence(model, version)) ?? emptyEvidence(route.model, version),
      ports,
    );
    await ports.publish(evidence, role);
    if (role !== 'Champion') continue;
    drifted = evidence.detector !== undefined && evidenceOf(evidence.detector).alarmed;
    if (evidence.driftSince !== undefined) await ports.recordDrift(evidence, evidence.driftSince, PLATFORM);
  }
  return drifted;
};
