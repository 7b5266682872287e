import { dieEverywhere } from './die-everywhere';
import { Crash, Fuse } from './fuse';

const ports = (effects: string[]) => ({
  store: {
    put: async (what: string) => void effects.push(what),
    async *items() {
      yield 1;
      yield 2;
    },
  },
  now: () => 1,
});

test('a process dies before or after the effect of a call, and makes no call any more', async () => {
  for (const [moment, left] of [
    ['before its effect', ['a']],
    ['after its effect', ['a', 'b']],
  ] as const) {
    const effects: string[] = [];
    const { store, now } = new Fuse(2, moment).ports(ports(effects));
    await store.put('a');
    await expect((async () => store.put('b'))()).rejects.toThrow(Crash);
    await expect((async () => store.put('c'))()).rejects.toThrow(Crash);
    expect(now).toThrow(Crash);
    expect(effects).toEqual(left);
  }
});

test('ports within ports are watched, too', async () => {
  const fuse = new Fuse();
  const { places } = fuse.ports({ places: { near: { run: async () => 1 }, named: 'x', list: [1] } });
  expect([await places.near.run(), places.named, places.list]).toEqual([1, 'x', [1]]);
  expect(fuse.calls).toEqual(['places.near.run']);
});

test('a clock and each item of a list are calls', async () => {
  const fuse = new Fuse();
  const { store, now } = fuse.ports(ports([]));
  now();
  for await (const _ of store.items());
  expect(fuse.calls).toEqual(['now', 'store.items', 'store.items[]', 'store.items[]']);
});

test('after a read is before the next call, and no death of its own', () => {
  const fuse = new Fuse(1, 'after its effect', (call) => call !== 'read');
  const { read, write } = fuse.ports({ read: () => 1, write: () => 2 });
  expect(read()).toBe(1);
  expect(write).toThrow(Crash);
  expect(fuse.calls).toEqual(['read', 'write']);
});

test('an answer that was under way when the process died reaches nobody', async () => {
  let answer: () => void = () => undefined;
  const slow = { slow: () => new Promise<void>((resolve) => (answer = resolve)), quick: async () => undefined };
  const watched = new Fuse(2, 'after its effect').ports(slow);
  const waiting = watched.slow();
  await expect(watched.quick()).rejects.toThrow(Crash);
  answer();
  await expect(waiting).rejects.toThrow(Crash);
});

/** Two writes that belong together, and a retry that believes the first. */
const careless = (completes: boolean) => ({
  open: () => new Set<string>(),
  run: async (world: Set<string>, fuse: Fuse) => {
    const { put } = fuse.ports({ put: async (what: string) => void world.add(what) });
    if (world.has('first') && !completes) return;
    await put('first');
    await put('second');
  },
  check: () => undefined,
  outcome: (world: Set<string>) => [...world],
});

test('work whose next try leaves something out is found', async () => {
  await expect(dieEverywhere(careless(false))).rejects.toThrow(
    /after its effect at call 1, put|before its effect at call 2, put/,
  );
  expect(await dieEverywhere(careless(true), { inARow: 2 })).toEqual(['put', 'put']);
});
