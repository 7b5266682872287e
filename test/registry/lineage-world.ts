import { Conflict, NotFound } from '../../lambdas/kernel/errors';
import type { AuditEntry, DatasetRecord, LineageItem, ModelVersion } from '../../lambdas/registry/contract';
import { type DatasetRef, manifestSchema } from '../../lambdas/registry/contract';
import { trainingOf } from '../../lambdas/registry/domain/training';
import { parentOf, textOf } from '../../lambdas/registry/domain/version-flags';
import type { LineageStore, UseIndex, WithdrawalNotice, WithdrawalStore } from '../../lambdas/registry/ports';
import { candidateOf } from './candidates';
import { faultsOfEntries } from './domain-event-facts';

export const LOANS: DatasetRef = { name: 'loans', sha256: 'a'.repeat(64) };

interface Made {
  readonly model?: string;
  readonly datasets?: readonly DatasetRef[];
  readonly parent?: number;
  readonly owner?: string;
}

export const versionOf = (version: number, { model = 'wage', datasets = [], parent, owner }: Made): ModelVersion => {
  const {
    uploadHash: _,
    slot: __,
    at,
    ...facts
  } = candidateOf({ upload: `${model}-${version}`, digest: version, model });
  const manifest = manifestSchema.parse({ training: { datasets, parent }, owner });
  return {
    ...facts,
    files: [...facts.files],
    manifest,
    version,
    registeredAt: at,
    status: 'REGISTERED',
    generation: 0,
  };
};

const order = (a: LineageItem, b: LineageItem): number => a.model.localeCompare(b.model) || a.version - b.version;

/** A registry's lineage in memory. */
export class FakeLineage implements LineageStore {
  readonly versions = new Map<string, ModelVersion>();
  reads = 0;

  add(...versions: ModelVersion[]): void {
    for (const version of versions) this.versions.set(`${version.model}/${version.version}`, version);
  }

  uses(index: UseIndex, after: LineageItem | undefined, limit: number): Promise<LineageItem[]> {
    this.reads++;
    const used = [...this.versions.values()].filter((version) => this.isIn(index, version)).sort(order);
    const behind = used.filter((version) => after === undefined || order(version, after) > 0);
    return Promise.resolve(behind.slice(0, limit).map(({ model, version }) => ({ model, version })));
  }

  async isUse(index: UseIndex, { model, version }: LineageItem): Promise<boolean> {
    return this.isIn(index, await this.version(model, version));
  }

  children(model: string, parent: number, after: number | undefined, limit: number): Promise<number[]> {
    this.reads++;
    const made = [...this.versions.values()].filter((v) => v.model === model && parentOf(v) === parent);
    const numbers = made.map(({ version }) => version).sort((a, b) => a - b);
    return Promise.resolve(numbers.filter((n) => after === undefined || n > after).slice(0, limit));
  }

  version(model: string, version: number): Promise<ModelVersion> {
    this.reads++;
    const found = this.versions.get(`${model}/${version}`);
    return found ? Promise.resolve(found) : Promise.reject(new NotFound(`model ${model} has no version ${version}`));
  }

  protected replace(version: ModelVersion): void {
    const before = this.versions.get(`${version.model}/${version.version}`);
    if (before?.generation !== version.generation - 1) throw new Conflict('the row changed meanwhile');
    this.add(version);
  }

  private isIn(index: UseIndex, version: ModelVersion): boolean {
    const { code, datasets } = trainingOf(version);
    if (index.kind === 'code') return code?.repo === index.repo && code.commit === index.commit;
    return datasets.some((dataset) => textOf(dataset) === textOf(index.dataset));
  }
}

/** The same, with what withdrawing the loans writes. */
export class FakeWithdrawals extends FakeLineage implements WithdrawalStore {
  record: DatasetRecord = { ...LOANS, firstUsedAt: 1 };
  readonly audits: AuditEntry[] = [];

  dataset({ name }: DatasetRef): Promise<DatasetRecord | undefined> {
    return Promise.resolve(name === LOANS.name ? this.record : undefined);
  }

  async begin(record: DatasetRecord, version: ModelVersion, audit: AuditEntry): Promise<void> {
    if (this.record.withdrawn !== undefined) throw new Conflict('it was withdrawn before');
    await this.flag(version, audit);
    this.record = record;
  }

  async flag(version: ModelVersion, audit: AuditEntry): Promise<void> {
    this.replace(version);
    expect(faultsOfEntries([audit])).toEqual([]);
    this.audits.push(audit);
  }

  async complete(_ref: DatasetRef, completedAt: number): Promise<void> {
    if (this.record.withdrawn) this.record = { ...this.record, withdrawn: { ...this.record.withdrawn, completedAt } };
  }
}

/** Two models: what was trained on the loans, what was made from it, and what was not. */
export const withdrawalWorld = () => {
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
