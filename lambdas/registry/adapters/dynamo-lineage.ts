import * as z from 'zod';
import { NotFound } from '../../kernel/errors';
import type { LineageStore, UseIndex, WithdrawalStore } from '../ports';
import type { AuditEntry } from '../schemas/audit-entry';
import { type DatasetRecord, datasetRecordSchema, type LineageItem, lineageItemSchema } from '../schemas/dataset';
import { type DatasetRef, type ModelVersion, modelVersionSchema } from '../schemas/model-version';
import { codeKey, datasetKey, modelKey, parentKey, SK, useSk } from './keys';
import type { RegistryTable, TransactWrite } from './registry-table';
import { putVersion } from './registry-writes';

const indexKey = (index: UseIndex): string =>
  index.kind === 'dataset' ? datasetKey(index.dataset) : codeKey(index.repo, index.commit);

export class DynamoLineage implements LineageStore, WithdrawalStore {
  constructor(private readonly table: RegistryTable) {}

  dataset(ref: DatasetRef): Promise<DatasetRecord | undefined> {
    return this.table.get({ pk: datasetKey(ref), sk: SK.meta }, datasetRecordSchema);
  }

  uses(index: UseIndex, after: LineageItem | undefined, limit: number): Promise<LineageItem[]> {
    const from = after === undefined ? undefined : useSk(after.model, after.version);
    return this.table.following(indexKey(index), SK.versions, lineageItemSchema, { after: from, limit });
  }

  async isUse(index: UseIndex, { model, version }: LineageItem): Promise<boolean> {
    return (await this.table.get({ pk: indexKey(index), sk: useSk(model, version) }, z.unknown())) !== undefined;
  }

  async children(model: string, parent: number, after: number | undefined, limit: number): Promise<number[]> {
    const from = after === undefined ? undefined : SK.version(after);
    const found = await this.table.following(parentKey(model, parent), SK.versions, lineageItemSchema, {
      after: from,
      limit,
    });
    return found.map(({ version }) => version);
  }

  async version(model: string, version: number): Promise<ModelVersion> {
    const found = await this.table.get({ pk: modelKey(model), sk: SK.version(version) }, modelVersionSchema);
    if (!found) throw new NotFound(`model ${model} has no version ${version}`);
    return found;
  }

  async begin({ withdrawn, ...ref }: DatasetRecord, flagged: ModelVersion, audit: AuditEntry): Promise<void> {
    await this.table.commit({
      audit,
      writes: [
        this.update(ref, 'SET withdrawn = :withdrawn', 'attribute_not_exists(withdrawn)', { ':withdrawn': withdrawn }),
        putVersion(this.table.tableName, flagged),
      ],
    });
  }

  async flag(flagged: ModelVersion, audit: AuditEntry): Promise<void> {
    await this.table.commit({ audit, writes: [putVersion(this.table.tableName, flagged)] });
  }

  async complete(ref: DatasetRef, at: number): Promise<void> {
    await this.table.write([
      this.update(ref, 'SET withdrawn.completedAt = :at', 'attribute_exists(withdrawn)', { ':at': at }),
    ]);
  }

  private update(ref: DatasetRef, update: string, condition: string, values: Record<string, unknown>): TransactWrite {
    return {
      Update: {
        TableName: this.table.tableName,
        Key: { pk: datasetKey(ref), sk: SK.meta },
        UpdateExpression: update,
        ConditionExpression: `attribute_exists(pk) AND ${condition}`,
        ExpressionAttributeValues: values,
      },
    };
  }
}
