import { NotFound } from '../../lambdas/kernel/errors';
import { flagAffected, withdrawDataset } from '../../lambdas/registry/withdraw-dataset';
import { dieEverywhere } from '../faults/die-everywhere';
import { type FakeLineage, LOANS, withdrawalWorld as world } from './lineage-world';

const BY = { kind: 'person', id: 'rita', name: 'Rita' } as const;

const flagsOf = (store: FakeLineage) =>
  Object.fromEntries(
    [...store.versions].map(([name, { flags = [] }]) => [name, flags.map((f) => f.inheritedFrom ?? 0)]),
  );

/** 0 for a version that was trained on the dataset itself, else the ancestor that was. */
const FLAGGED = { 'wage/1': [0], 'wage/2': [1], 'wage/3': [0], 'wage/5': [3], 'wage/4': [], 'credit/1': [0] };

test('every version that rests on a withdrawn dataset is flagged once, and its owner told once', async () => {
  const { store, told, ports } = world();
  expect(await withdrawDataset(LOANS, 'no consent', BY, ports)).toMatchObject({ withdrawn: { at: 77, by: BY } });
  expect(await flagAffected(LOANS, ports)).toBe(5);
  expect(flagsOf(store)).toMatchObject(FLAGGED);
  expect(
    store.audits.map(({ model, version, detail }) => [model, version, 'origin' in detail && detail.origin]),
  ).toEqual([
    ['credit', 1, true],
    ['wage', 1, false],
    ['wage', 2, false],
    ['wage', 3, false],
    ['wage', 5, false],
  ]);
  expect(told.map(({ model, owner, versions }) => [model, owner, versions])).toEqual([
    ['credit', undefined, [1]],
    ['wage', 'wages', [1, 2, 3, 5]],
  ]);
  expect(await flagAffected(LOANS, ports)).toBe(0);
  expect(told).toHaveLength(2);
});

test('withdrawn twice, the first withdrawal stands', async () => {
  const { store, ports } = world();
  await withdrawDataset(LOANS, 'no consent', BY, ports);
  expect(await withdrawDataset(LOANS, 'another reason', { ...BY, id: 'ben' }, ports)).toMatchObject({
    withdrawn: { reason: 'no consent', by: BY },
  });
  expect(store.audits).toHaveLength(1);
});

test('what nobody was trained on cannot be withdrawn', async () => {
  await expect(withdrawDataset({ name: 'unheard' }, 'x', BY, world().ports)).rejects.toThrow(NotFound);
});

test('a version that changes while it is flagged is read again, and keeps both changes', async () => {
  const { store, ports } = world();
  await withdrawDataset(LOANS, 'no consent', BY, ports);
  const version = store.version.bind(store);
  let changed = false;
  store.version = async (model, number) => {
    const found = await version(model, number);
    if (model === 'wage' && number === 2 && !changed) {
      changed = true;
      store.add({ ...found, source: { ...found.source, key: 'changed' }, generation: found.generation + 1 });
    }
    return found;
  };
  await flagAffected(LOANS, ports);
  expect(await version('wage', 2)).toMatchObject({ source: { key: 'changed' }, flags: [{ inheritedFrom: 1 }] });
});

const outcome = ({ store }: ReturnType<typeof world>) => ({
  record: store.record,
  flags: flagsOf(store),
  audits: store.audits.map(({ model, version, detail }) => [model, version, 'origin' in detail && detail.origin]),
});

test('a withdrawal may die at any call, and its next try withdraws', async () => {
  const calls = await dieEverywhere(
    {
      open: world,
      run: ({ ports }, fuse) => withdrawDataset(LOANS, 'no consent', BY, fuse.ports(ports)),
      check: ({ store }) => {
        expect(store.audits).toHaveLength(store.record.withdrawn === undefined ? 0 : 1);
        expect(Object.values(flagsOf(store)).flat()).toHaveLength(store.audits.length);
      },
      outcome: (at, answer) => ({ ...outcome(at), answer }),
    },
    { inARow: 2 },
  );
  expect(calls).toContain('store.begin');
});

test('a work-through may die at any call, and the next one completes it; owners are told at least once', async () => {
  const calls = await dieEverywhere({
    open: async () => {
      const withdrawn = world();
      await withdrawDataset(LOANS, 'no consent', BY, withdrawn.ports);
      return withdrawn;
    },
    run: ({ ports }, fuse) => flagAffected(LOANS, fuse.ports(ports)),
    check: ({ store }) => {
      expect(store.audits).toHaveLength(Object.values(flagsOf(store)).flat().length);
      if (store.record.withdrawn?.completedAt !== undefined) expect(flagsOf(store)).toMatchObject(FLAGGED);
    },
    outcome: (at) => ({ ...outcome(at), told: [...new Set(at.told.map((notice) => JSON.stringify(notice)))].sort() }),
  });
  expect(calls).toEqual(expect.arrayContaining(['store.flag', 'owners.tell', 'store.complete']));
});
