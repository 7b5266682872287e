import { createHash, hash } from 'node:crypto';
import { assertNever } from '../../kernel/assert-never';
import { NotFound, NotReady } from '../../kernel/errors';
import type { Route, VersionRef } from '../../registry/contract';

/** Who answers one request, and who else scores it. */
export type Routing =
  | {
      readonly kind: 'champion';
      readonly champion: VersionRef;
      readonly rolloutId?: string;
      readonly propensity: number;
    }
  | { readonly kind: 'shadow'; readonly champion: VersionRef; readonly shadow: VersionRef; readonly rolloutId: string }
  | {
      readonly kind: 'challenger';
      readonly challenger: VersionRef;
      /** Answers if the challenger fails. */
      readonly champion: VersionRef;
      readonly rolloutId: string;
      readonly propensity: number;
    }
  /** The caller asked for this version: outside any comparison. */
  | { readonly kind: 'pinned'; readonly version: VersionRef; readonly isChampion: boolean };

/** Uniform in [0, 1): fixed for a rollout and a key, and independent between rollouts. */
export const drawOf = (rolloutId: string, key: string): number => {
  const hash = createHash('sha256').update(rolloutId).update('\0').update(key).digest();
  // The upper 53 of the 64 bits: all 64 would round up to 1 for the largest, which no weight exceeds.
  return Number(hash.readBigUInt64BE(0) >> 11n) / 2 ** 53;
};

const clusterOf = (key: string): number => hash('sha256', key, 'buffer')[0] ?? 0;
/** Of all who send no key. */
const KEYLESS = clusterOf('');

/** One of 256 clusters that a routing key falls into, whatever the rollout. */
export const bucketOf = (key: string): number => (key === '' ? KEYLESS : clusterOf(key));

/**
 * Who answers a request with this routing key. A key that is drawn at one weight stays drawn at every higher one.
 * @throws NotReady when no version serves.
 */
export const routeRequest = (route: Route, key: string): Routing => {
  switch (route.mode) {
    case 'unserved':
      throw new NotReady(`model ${route.model} has no champion yet: no version is approved and rolled out`);
    case 'champion':
      return { kind: 'champion', champion: route.champion, propensity: 1 };
    case 'shadow':
      return { kind: 'shadow', champion: route.champion, shadow: route.challenger, rolloutId: route.rolloutId };
    case 'canary': {
      const { champion, challenger, rolloutId, weight } = route;
      return drawOf(rolloutId, key) < weight
        ? { kind: 'challenger', challenger, champion, rolloutId, propensity: weight }
        : { kind: 'champion', champion, rolloutId, propensity: 1 - weight };
    }
    default:
      return assertNever(route);
  }
};

/** Versions that may be asked for by number: those that serve. */
export const servingVersions = (route: Route): readonly VersionRef[] => {
  switch (route.mode) {
    case 'unserved':
      return [];
    case 'champion':
      return [route.champion];
    case 'shadow':
    case 'canary':
      return [route.champion, route.challenger];
    default:
      return assertNever(route);
  }
};

/** @throws NotFound naming the versions that may be asked for. */
export const routePinned = (route: Route, version: number): Extract<Routing, { kind: 'pinned' }> => {
  const serving = servingVersions(route);
  const found = serving.find((ref) => ref.version === version);
  if (found !== undefined) return { kind: 'pinned', version: found, isChampion: found === serving[0] };
  const names = serving.map((ref) => ref.version).join(' and ') || 'none';
  throw new NotFound(`version ${version} of model ${route.model} is not being served; available: ${names}`);
};

/** The same route without its challenger: what is safe to serve from an old copy. */
export const championAlone = (route: Route): Route => {
  if (route.mode === 'unserved') return route;
  const { model, generation, changedAt, previousChampion, champion } = route;
  const previous = previousChampion === undefined ? {} : { previousChampion };
  return { mode: 'champion', model, generation, changedAt, ...previous, champion };
};
