import { NotFound } from '../../lambdas/kernel/errors';
import type { AuditEntry, DatasetRecord, DatasetRef, ModelVersion } from '../../lambdas/registry/contract';
import type { WithdrawalNotice, WithdrawalStore } from '../../lambdas/registry/ports';
import { flagAffected, withdrawDataset } from '../../lambdas/registry/withdraw-dataset';
import { faultsOfEntries } from './domain-event-facts';
import { FakeLineage, LOANS, versionOf } from './lineage-world';

const BY = { kind: 'person', id: 'rita', name: 'Rita' } as const;

class FakeWithdrawals extends FakeLineage implements WithdrawalStore {
  record: DatasetRecord = { ...LOANS, firstUsedAt: 1 };
  readonly audits: AuditEntry[] = [];
  /** Calls until it dies. */
  fuse = Number.POSITIVE_INFINITY;

  dataset({ name }: DatasetRef): Promise<DatasetRecord | undefined> {
    return Promise.resolve(name === LOANS.name ? this.record : undefined);
  }

  async begin(record: DatasetRecord, version: ModelVersion, audit: AuditEntry): Promise<void> {
    await this.flag(version, audit);
    this.record = record;
  }

  async flag(version: ModelVersion, audit: AuditEntry): Promise<void> {
    if (--this.fuse < 0) throw new Error('died');
    this.replace(version);
    expect(faultsOfEntries([audit])).toEqual([]);
    this.audits.push(audit);
  }

  async complete(_ref: DatasetRef, completedAt: number): Promise<void> {
    if (--this.fuse < 0) throw new Error('died');
    if (this.record.withdrawn) this.record = { ...this.record, withdrawn: { ...this.record.withdrawn, completedAt } };
  }
}

const world = () => {
  const store = new FakeWithdrawals();
  store.add(
    versionOf(1, { datasets: [LOANS], owner: 'pay' }),
    versionOf(2, { parent: 1 }),
    versionOf(3, { parent: 2, datasets: [LOANS], owner: 'wages' }),
    versionOf(4, {}),
    versionOf(5, { parent: 3 }),
    versionOf(1, { model: 'credit', datasets: [LOANS, { name: 'other' }] }),
  );
  const told: WithdrawalNotice[] = [];
  const owners = { tell: async (notice: WithdrawalNotice) => void told.push(notice) };
  return { store, told, ports: { store, owners, now: () => 77 } };
};

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

test.each([0, 1, 2, 3, 4])('a work-through that dies after %d writes is completed by the next run', async (writes) => {
  const { store, ports } = world();
  await withdrawDataset(LOANS, 'no consent', BY, ports);
  store.fuse = writes;
  await expect(flagAffected(LOANS, ports)).rejects.toThrow('died');
  store.fuse = Number.POSITIVE_INFINITY;
  expect(await flagAffected(LOANS, ports)).toBe(5);
  expect(flagsOf(store)).toMatchObject(FLAGGED);
  expect(store.audits).toHaveLength(5);
  expect(store.record.withdrawn?.completedAt).toBe(77);
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
