import { trainingOf } from '../domain/training';
import { datasetsOf, mergeFlags, parentOf, textOf } from '../domain/version-flags';
import { type DatasetRecord, datasetRecordSchema } from '../schemas/dataset';
import { type ModelVersion, modelVersionSchema, type VersionFlag } from '../schemas/model-version';
import { codeKey, datasetKey, LIST, modelKey, parentKey, SK, useSk } from './keys';
import type { RegistryTable, TransactWrite } from './registry-table';

/** What a version's lineage adds to its registration. */
export interface Birth {
  /** Of datasets that were withdrawn before. */
  readonly flags: readonly VersionFlag[];
  readonly writes: readonly TransactWrite[];
}

type Dataset = NonNullable<NonNullable<ModelVersion['manifest']>['training']>['datasets'][number];

/** The items by which lineage is found, written with the version that they are about. */
export class LineageLedger {
  constructor(private readonly table: RegistryTable) {}

  /**
   * Reads what was withdrawn, and makes the registration conditional on exactly that: a dataset withdrawn, or a parent flagged,
   * in between fails the transaction, and the next attempt reads anew.
   */
  async birth(version: ModelVersion): Promise<Birth> {
    if (version.status === 'REJECTED') return { flags: [], writes: [] };
    const refs = datasetsOf(version);
    const known = await Promise.all(
      refs.map((ref) => this.table.get({ pk: datasetKey(ref), sk: SK.meta }, datasetRecordSchema)),
    );
    const own = refs.flatMap((dataset, i): VersionFlag[] => {
      const withdrawn = known[i]?.withdrawn;
      if (withdrawn === undefined) return [];
      return [{ kind: 'dataset-withdrawn', dataset, at: withdrawn.at, reason: withdrawn.reason }];
    });
    const declared = trainingOf(version).datasets;
    const datasets = refs.flatMap((ref, i) => {
      const dataset = declared.find((one) => textOf(one) === textOf(ref));
      return dataset === undefined ? [] : this.use(dataset, version, known[i]);
    });
    const parent = await this.fromParent(version);
    return { flags: mergeFlags(own, parent.flags), writes: [...datasets, ...parent.writes, ...this.fromCode(version)] };
  }

  private use(dataset: Dataset, version: ModelVersion, known: DatasetRecord | undefined): TransactWrite[] {
    const pk = datasetKey(dataset);
    const facts = { ...dataset, entity: 'Dataset', schemaVersion: 1, firstUsedAt: version.registeredAt };
    const listed = { listPk: LIST.datasets, listSk: datasetKey(dataset).replace(/^DATASET#/, '') };
    const attributes = Object.entries({ ...facts, ...listed }).filter(([, value]) => value !== undefined);
    const record = {
      TableName: this.table.tableName,
      Key: { pk, sk: SK.meta },
      UpdateExpression: `SET ${attributes.map((_, i) => `#a${i} = if_not_exists(#a${i}, :a${i})`).join(', ')}`,
      ConditionExpression: `attribute${known?.withdrawn === undefined ? '_not' : ''}_exists(withdrawn)`,
      ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], i) => [`#a${i}`, name])),
      ExpressionAttributeValues: Object.fromEntries(attributes.map(([, value], i) => [`:a${i}`, value])),
    };
    return [{ Update: record }, this.indexItem(pk, useSk(version.model, version.version), 'DatasetUse', version)];
  }

  private async fromParent(version: ModelVersion): Promise<Birth> {
    const parent = parentOf(version);
    if (parent === undefined) return { flags: [], writes: [] };
    const key = { pk: modelKey(version.model), sk: SK.version(parent) };
    const flags = (await this.table.get(key, modelVersionSchema))?.flags;
    const unchanged =
      flags === undefined
        ? { ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(flags)' }
        : { ConditionExpression: 'flags = :flags', ExpressionAttributeValues: { ':flags': flags } };
    const edge = this.indexItem(parentKey(version.model, parent), SK.version(version.version), 'VersionChild', version);
    return {
      flags: (flags ?? []).map((flag) => ({ ...flag, inheritedFrom: flag.inheritedFrom ?? parent })),
      writes: [{ ConditionCheck: { TableName: this.table.tableName, Key: key, ...unchanged } }, edge],
    };
  }

  private fromCode(version: ModelVersion): TransactWrite[] {
    const { repo, commit } = trainingOf(version).code ?? {};
    if (repo === undefined || commit === undefined) return [];
    return [this.indexItem(codeKey(repo, commit), useSk(version.model, version.version), 'CodeUse', version)];
  }

  private indexItem(pk: string, sk: string, entity: string, { model, version }: ModelVersion): TransactWrite {
    return { Put: { TableName: this.table.tableName, Item: { pk, sk, entity, schemaVersion: 1, model, version } } };
  }
}
