import { UpstreamFailed } from '../../lambdas/kernel/errors';
import type { Route } from '../../lambdas/registry/contract';
import type { ModelSnapshot, ScoringEvent } from '../../lambdas/scoring/ports';
import { ROUTE_TTL_MS, RouteCache, STALE_LIMIT_MS } from '../../lambdas/scoring/route-cache';
import { refOf, versionOf } from './versions';

const [champion, challenger] = [versionOf('binary', 1), versionOf('binary-opposite', 2)];
const shadow: Route = {
  mode: 'shadow',
  model: 'credit',
  generation: 1,
  changedAt: 0,
  champion: refOf(champion),
  challenger: refOf(challenger),
  rolloutId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
};
const snapshot: ModelSnapshot = { model: 'credit', access: 'open', grants: [], route: shadow, champion, challenger };

/** A registry whose answers a test chooses, with a clock that it turns. */
const world = () => {
  const state = {
    now: 1_000_000,
    reads: 0,
    answer: async (): Promise<ModelSnapshot | undefined> => snapshot,
    events: [] as ScoringEvent[],
  };
  const registry = {
    readModel: () => {
      state.reads++;
      return state.answer();
    },
  };
  const cache = new RouteCache(registry, { report: (event) => state.events.push(event) }, () => state.now);
  return { state, cache };
};
const down = async (): Promise<never> => {
  throw new UpstreamFailed('DynamoDB is away');
};
const deferred = () => {
  let resolve: (snapshot: ModelSnapshot) => void = () => undefined;
  const promise = new Promise<ModelSnapshot>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a route is read once in three seconds, and once for callers that come together', async () => {
  const { state, cache } = world();
  await Promise.all([cache.lookUp('credit'), cache.lookUp('credit'), cache.lookUp('CREDIT')]);
  state.now += 1999;
  expect(await cache.lookUp('credit')).toMatchObject({ stale: false, route: { mode: 'shadow' } });
  expect(state.reads).toBe(1);
});

test('a route in use is refreshed behind the answer, so that nobody waits', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.now += 2500;
  const pending = deferred();
  state.answer = () => pending.promise;
  expect(await cache.lookUp('credit')).toMatchObject({ route: { mode: 'shadow' } });
  pending.resolve({ ...snapshot, route: { ...shadow, generation: 2 } });
  await turn();
  state.now += 600;
  expect(await cache.lookUp('credit')).toMatchObject({ route: { generation: 2 } });
  expect(state.reads).toBe(2);
});

test('a change of traffic is seen after three seconds at the latest', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.answer = async () => ({ ...snapshot, route: { ...shadow, generation: 2 } });
  state.now += ROUTE_TTL_MS;
  expect(await cache.lookUp('credit')).toMatchObject({ route: { generation: 2 } });
});

test('a read that was frozen for minutes with its function is not taken for fresh', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.now += 2500;
  const pending = deferred();
  state.answer = () => pending.promise;
  await cache.lookUp('credit');
  state.now += 600_000;
  state.answer = async () => ({ ...snapshot, route: { ...shadow, generation: 9 } });
  const after = cache.lookUp('credit');
  pending.resolve({ ...snapshot, route: { ...shadow, generation: 2 } });
  expect(await after).toMatchObject({ route: { generation: 9 } });
});

test('an unknown model is not found, and asked for again a second later', async () => {
  const { state, cache } = world();
  state.answer = async () => undefined;
  await expect(cache.lookUp('nobody')).rejects.toMatchObject({ code: 'not-found' });
  state.now += 999;
  await expect(cache.lookUp('nobody')).rejects.toMatchObject({ code: 'not-found' });
  expect(state.reads).toBe(1);
  state.answer = async () => snapshot;
  state.now += 1;
  expect(await cache.lookUp('nobody')).toMatchObject({ model: 'credit' });
});

test('a name that no model can have is not found without a read', async () => {
  const { state, cache } = world();
  for (const name of ['', '../x', 'a b', 'x'.repeat(64)]) {
    await expect(cache.lookUp(name)).rejects.toMatchObject({ code: 'not-found' });
  }
  expect(state.reads).toBe(0);
});

test('while the registry is away the last champion serves alone, and the event says so', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.answer = down;
  state.now += 60_000;
  expect(await cache.lookUp('credit')).toMatchObject({
    stale: true,
    route: { mode: 'champion', champion: refOf(champion) },
  });
  expect(state.events).toEqual([expect.objectContaining({ name: 'RouteStale', ageMs: 60_000 })]);
  state.now += 1000;
  await cache.lookUp('credit');
  await turn();
  expect(state.reads).toBe(2);
});

test('the registry is asked again every three seconds behind the answers, and its return ends the emergency', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.answer = down;
  state.now += 10_000;
  await cache.lookUp('credit');
  state.answer = async () => snapshot;
  state.now += 3000;
  expect(await cache.lookUp('credit')).toMatchObject({ stale: true });
  await turn();
  expect(await cache.lookUp('credit')).toMatchObject({ stale: false, route: { mode: 'shadow' } });
});

test('after a quarter of an hour nobody serves on hearsay', async () => {
  const { state, cache } = world();
  await cache.lookUp('credit');
  state.answer = down;
  state.now += STALE_LIMIT_MS - 1;
  expect(await cache.lookUp('credit')).toMatchObject({ stale: true });
  state.now += 1;
  await expect(cache.lookUp('credit')).rejects.toMatchObject({
    code: 'not-ready',
    message: expect.stringContaining('900 s'),
  });
});

test('a model that was never read cannot be served from memory', async () => {
  const { state, cache } = world();
  state.answer = down;
  await expect(cache.lookUp('credit')).rejects.toMatchObject({ code: 'upstream-failed' });
});
