import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Conflict } from '../../../lambdas/kernel/errors';
import { DynamoLineage } from '../../../lambdas/registry/adapters/dynamo-lineage';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import {
  type AuditEntry,
  type DatasetRecord,
  type ModelVersion,
  manifestSchema,
} from '../../../lambdas/registry/contract';
import { flagged } from '../../../lambdas/registry/domain/version-flags';
import type { WithdrawalStore } from '../../../lambdas/registry/ports';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { candidateOf } from '../../registry/candidates';
import { FakeWithdrawals, LOANS, versionOf } from '../../registry/lineage-world';
import { freshModel, platform } from '../platform';

const BY = { kind: 'person', id: 'rita', name: 'Rita' } as const;
const FLAG = { kind: 'dataset-withdrawn', dataset: LOANS, at: 5, reason: 'no consent' } as const;

const auditOf = (version: ModelVersion): AuditEntry => ({
  model: version.model,
  type: 'Dataset Withdrawn',
  at: 5,
  actor: BY,
  version: version.version,
  detail: { dataset: LOANS, reason: FLAG.reason, status: version.status, origin: true },
});

/** What both promise of a withdrawal; two versions of a model were trained on the loans. */
const contract = (open: () => Promise<WithdrawalStore>) => {
  const withdrawnIn = async (store: WithdrawalStore): Promise<DatasetRecord> => {
    const known = await store.dataset(LOANS);
    if (known === undefined) throw new Error('the loans are not on record');
    return { ...known, withdrawn: { at: 5, by: BY, reason: FLAG.reason } };
  };

  test('the mark of the dataset and the first flag are there together, once', async () => {
    const store = await open();
    const first = await store.version('wage', 1);
    const record = await withdrawnIn(store);
    await store.begin(record, flagged(first, FLAG), auditOf(first));
    expect(await store.dataset(LOANS)).toMatchObject({ withdrawn: { at: 5, by: BY, reason: FLAG.reason } });
    expect((await store.version('wage', 1)).flags).toEqual([FLAG]);
    const second = await store.version('wage', 2);
    await expect(store.begin(record, flagged(second, FLAG), auditOf(second))).rejects.toBeInstanceOf(Conflict);
    expect((await store.version('wage', 2)).flags).toBeUndefined();
  });

  test('a dataset is not marked by a version that changed meanwhile', async () => {
    const store = await open();
    const first = await store.version('wage', 1);
    const record = await withdrawnIn(store);
    await store.flag(flagged(first, { ...FLAG, dataset: { name: 'other' } }), auditOf(first));
    await expect(store.begin(record, flagged(first, FLAG), auditOf(first))).rejects.toBeInstanceOf(Conflict);
    expect((await store.dataset(LOANS))?.withdrawn).toBeUndefined();
    await expect(store.flag(flagged(first, FLAG), auditOf(first))).rejects.toBeInstanceOf(Conflict);
  });

  test('that all is done is on the mark, and what nobody was trained on is not there', async () => {
    const store = await open();
    const first = await store.version('wage', 1);
    await store.begin(await withdrawnIn(store), flagged(first, FLAG), auditOf(first));
    await store.complete(LOANS, 9);
    expect((await store.dataset(LOANS))?.withdrawn).toMatchObject({ at: 5, completedAt: 9 });
    expect(await store.dataset({ name: 'unheard' })).toBeUndefined();
  });
};

describe('in memory', () =>
  contract(async () => {
    const store = new FakeWithdrawals();
    store.add(versionOf(1, { datasets: [LOANS] }), versionOf(2, { datasets: [LOANS] }));
    return store;
  }));

describe('in DynamoDB', () => {
  const dynamo = new DynamoDBClient(platform().aws);
  let tables: RegistryTables;
  beforeEach(async () => {
    tables = await createRegistryTables(dynamo, freshModel('withdrawals'));
  });
  afterEach(() => deleteRegistryTables(dynamo, tables));

  contract(async () => {
    const table = new RegistryTable(dynamo, tables.registry, tables.audit);
    const registrations = new DynamoRegistrations(table, 'open');
    const manifest = manifestSchema.parse({ training: { datasets: [LOANS] } });
    for (const digest of [1, 2])
      await registrations.register({ ...candidateOf({ upload: `u${digest}`, digest }), manifest });
    return new DynamoLineage(table);
  });
});
