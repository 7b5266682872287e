import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoLineage } from '../../../lambdas/registry/adapters/dynamo-lineage';
import { LIST } from '../../../lambdas/registry/adapters/keys';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import {
  type DatasetRef,
  datasetRecordSchema,
  MAX_DATASETS,
  type Manifest,
  manifestSchema,
} from '../../../lambdas/registry/contract';
import { flagged } from '../../../lambdas/registry/domain/version-flags';
import type { LineageStore } from '../../../lambdas/registry/ports';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { candidateOf } from '../../registry/candidates';
import { FakeLineage, LOANS, versionOf } from '../../registry/lineage-world';
import { freshModel, platform } from '../platform';

const dynamo = new DynamoDBClient(platform().aws);
let tables: RegistryTables;
let table: RegistryTable;
beforeAll(async () => {
  tables = await createRegistryTables(dynamo, freshModel('lineage'));
  table = new RegistryTable(dynamo, tables.registry, tables.audit);
});
afterAll(() => deleteRegistryTables(dynamo, tables));

type Register = (model: string, datasets: readonly DatasetRef[], parent?: number) => Promise<void>;

const trainingOf = (datasets: readonly DatasetRef[], parent?: number): Manifest =>
  manifestSchema.parse({ training: { datasets, parent, code: { repo: 'git://risk', commit: 'c0ffee' } } });

let uploads = 0;
const registerAt = (to: RegistryTable, model: string, datasets: readonly DatasetRef[], parent?: number) => {
  const candidate = candidateOf({ model, upload: `u${++uploads}`, digest: uploads, manifest: {} });
  return new DynamoRegistrations(to, 'open').register({ ...candidate, manifest: trainingOf(datasets, parent) });
};

/** What both stores promise. */
const contract = (open: () => { store: LineageStore; register: Register; suffix: string }) => {
  test('versions are found by their dataset, in order, one behind the other', async () => {
    const { store, register, suffix } = open();
    const dataset = { ...LOANS, name: `loans-${suffix}#@1` };
    const [a, b] = [`a-${suffix}`, `b-${suffix}`];
    await register(b, [dataset]);
    await register(a, [dataset, { name: dataset.name }]);
    await register(a, [{ name: dataset.name }]);
    const index = { kind: 'dataset', dataset } as const;
    expect(await store.uses(index, undefined, 10)).toEqual([
      { model: a, version: 1 },
      { model: b, version: 1 },
    ]);
    expect(await store.uses(index, { model: a, version: 1 }, 10)).toEqual([{ model: b, version: 1 }]);
    expect(await store.isUse(index, { model: a, version: 2 })).toBe(false);
    const undigested = { kind: 'dataset', dataset: { name: dataset.name } } as const;
    expect(await store.uses(undigested, undefined, 10)).toHaveLength(2);
  });

  test('children are found by their parent, which must be older', async () => {
    const { store, register, suffix } = open();
    const model = `family-${suffix}`;
    for (const parent of [2, 1, 1, 3]) await register(model, [], parent);
    expect(await store.children(model, 1, undefined, 10)).toEqual([2, 3]);
    expect(await store.children(model, 1, 2, 10)).toEqual([3]);
    expect(await store.children(model, 2, undefined, 10)).toEqual([]);
    expect(await store.children(model, 3, undefined, 10)).toEqual([4]);
  });
};

describe('in memory', () => {
  contract(() => {
    const store = new FakeLineage();
    const count = new Map<string, number>();
    const register: Register = async (model, datasets, parent) => {
      const number = (count.get(model) ?? 0) + 1;
      count.set(model, number);
      store.add(versionOf(number, { model, datasets, ...(parent === undefined ? {} : { parent }) }));
    };
    return { store, register, suffix: 'fake' };
  });
});

describe('in DynamoDB', () => {
  contract(() => ({
    store: new DynamoLineage(table),
    register: async (model, datasets, parent) => void (await registerAt(table, model, datasets, parent)),
    suffix: freshModel('s'),
  }));

  test('a version with as many datasets as it may have fits one transaction', async () => {
    const datasets = Array.from({ length: MAX_DATASETS }, (_, i) => ({ name: `part-${i}` }));
    await registerAt(table, 'widest', [{ name: 'first' }]);
    expect(await registerAt(table, 'widest', datasets, 1)).toEqual({ outcome: 'registered', version: 2 });
    await expect(registerAt(table, 'widest', [...datasets, { name: 'one more' }])).rejects.toThrow(
      /names 41 datasets .* limit of 40/,
    );
    const { items } = await table.list(LIST.datasets, datasetRecordSchema, { limit: 200 });
    expect(items.filter(({ name }) => name.startsWith('part-'))).toHaveLength(MAX_DATASETS);
  });

  test('many models that register with one dataset at once are all found by it', async () => {
    const dataset = { name: 'shared', sha256: 'b'.repeat(64) };
    await Promise.all(Array.from({ length: 6 }, (_, i) => registerAt(table, `m${i}`, [dataset])));
    const found = await new DynamoLineage(table).uses({ kind: 'dataset', dataset }, undefined, 50);
    expect(found.map(({ model }) => model)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    const code = { kind: 'code', repo: 'git://risk', commit: 'c0ffee' } as const;
    expect(await new DynamoLineage(table).isUse(code, { model: 'm3', version: 1 })).toBe(true);
  });

  test('a parent that is flagged while a child registers hands its flag on', async () => {
    const model = freshModel('born');
    const store = new DynamoLineage(table);
    await registerAt(table, model, [LOANS]);
    const flag = { kind: 'dataset-withdrawn', dataset: LOANS, at: 5, reason: 'no consent' } as const;
    let raced = false;
    const racing = new RegistryTable(dynamo, tables.registry, tables.audit);
    const commit = racing.commit.bind(racing);
    racing.commit = async (change) => {
      if (!raced) {
        raced = true;
        const parent = await store.version(model, 1);
        const detail = { dataset: LOANS, reason: flag.reason, status: parent.status, origin: true };
        const audit = { model, type: 'Dataset Withdrawn', at: 5, actor: { kind: 'platform', id: 'test' } } as const;
        await store.flag(flagged(parent, flag), { ...audit, version: 1, detail });
      }
      return commit(change);
    };
    await registerAt(racing, model, [], 1);
    expect((await store.version(model, 2)).flags).toEqual([{ ...flag, inheritedFrom: 1 }]);
    const [born] = (await table.auditPage(model, { limit: 1 })).items;
    expect(born).toMatchObject({ type: 'Version Registered', detail: { flags: [{ inheritedFrom: 1 }] } });
  });
});
