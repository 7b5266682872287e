import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Route } from '../../lambdas/registry/contract';
import { bucketOf, championAlone, drawOf, routePinned, routeRequest } from '../../lambdas/scoring/domain/route-request';

const ROLLOUT = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OTHER_ROLLOUT = '01BX5ZZKBKACTAV9WEVGEMMVRZ';
const base = { model: 'credit', generation: 3, changedAt: 0 };
const champion = { version: 1, rootDigest: 'a'.repeat(64) };
const challenger = { version: 2, rootDigest: 'b'.repeat(64) };
const canary = (weight: number, rolloutId = ROLLOUT): Route => ({
  ...base,
  mode: 'canary',
  champion,
  challenger,
  rolloutId,
  weight,
});
const shadow: Route = { ...base, mode: 'shadow', champion, challenger, rolloutId: ROLLOUT };

test('the draw is the first 64 bits of SHA-256 over rollout, zero byte and key', () => {
  const hash = createHash('sha256').update(`${ROLLOUT}\0customer-7`).digest('hex');
  expect(drawOf(ROLLOUT, 'customer-7')).toBeCloseTo(Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32, 9);
});

test('a draw is below one, so that weight 1 sends everybody to the challenger', () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(drawOf(ROLLOUT, key)).toBeLessThan(1);
      expect(routeRequest(canary(1), key).kind).toBe('challenger');
    }),
  );
});

test('a caller once drawn stays drawn as the weight climbs', () => {
  const weight = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.string(), weight, weight, (key, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      if (routeRequest(canary(low), key).kind === 'challenger') {
        expect(routeRequest(canary(high), key).kind).toBe('challenger');
      }
    }),
  );
});

test('the share of callers is the weight, and another rollout draws others', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `customer-${i}`);
  const drawn = (rollout: string) =>
    new Set(keys.filter((key) => routeRequest(canary(0.1, rollout), key).kind === 'challenger'));
  const first = drawn(ROLLOUT);
  const second = drawn(OTHER_ROLLOUT);
  const both = [...first].filter((key) => second.has(key));
  expect(first.size / keys.length).toBeCloseTo(0.1, 1);
  expect(second.size / keys.length).toBeCloseTo(0.1, 1);
  expect(both.length / keys.length).toBeCloseTo(0.01, 2);
});

test('both arms of a canary know the probability of their draw', () => {
  const routings = Array.from({ length: 50 }, (_, i) => routeRequest(canary(0.25), String(i)));
  for (const routing of routings) {
    expect(routing).toMatchObject({ rolloutId: ROLLOUT, propensity: routing.kind === 'challenger' ? 0.25 : 0.75 });
  }
});

test('in shadow the champion answers everybody', () => {
  expect(routeRequest(shadow, 'anyone')).toEqual({ kind: 'shadow', champion, shadow: challenger, rolloutId: ROLLOUT });
});

test('a model without a champion is not ready', () => {
  expect(() => routeRequest({ ...base, mode: 'unserved' }, 'k')).toThrow(
    expect.objectContaining({ code: 'not-ready' }),
  );
});

test('versions that serve may be asked for by number, others are named as unavailable', () => {
  expect(routePinned(shadow, 1)).toEqual({ kind: 'pinned', version: champion, isChampion: true });
  expect(routePinned(shadow, 2)).toEqual({ kind: 'pinned', version: challenger, isChampion: false });
  expect(() => routePinned(shadow, 3)).toThrow(
    expect.objectContaining({ code: 'not-found', message: expect.stringContaining('available: 1 and 2') }),
  );
  expect(() => routePinned({ ...base, mode: 'unserved' }, 1)).toThrow(/available: none/);
});

test('the champion alone is what is left of a route without its challenger', () => {
  expect(championAlone(canary(0.5))).toEqual({ ...base, mode: 'champion', champion });
});

test('buckets are bytes, spread over callers', () => {
  const buckets = new Set(Array.from({ length: 5000 }, (_, i) => bucketOf(`customer-${i}`)));
  expect(buckets.size).toBe(256);
});
