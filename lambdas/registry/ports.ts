import type { AuditEvent } from './schemas/audit';
import type { AuditEntry } from './schemas/audit-entry';
import type { DatasetRecord, LineageItem } from './schemas/dataset';
import type { DatasetRef, ModelVersion } from './schemas/model-version';

/** What a record of the audit table's stream tells. */
export type AuditRecord =
  | { readonly kind: 'event'; readonly event: AuditEvent }
  /** A change that a table which only grows never has, or an item that the ledger never puts. */
  | { readonly kind: 'tampered'; readonly by: 'changed' | 'deleted' | 'unreadable' | 'forged' | 'misplaced' };

/** An index of versions over all models. */
export type UseIndex =
  | { readonly kind: 'dataset'; readonly dataset: DatasetRef }
  | { readonly kind: 'code'; readonly repo: string; readonly commit: string };

/** The ways through lineage; each a get or a query. */
export interface LineageStore {
  /** The versions of an index behind `after`, by model and number. */
  uses(index: UseIndex, after: LineageItem | undefined, limit: number): Promise<LineageItem[]>;
  isUse(index: UseIndex, item: LineageItem): Promise<boolean>;
  /** Versions made from `parent`, in order, behind `after`. */
  children(model: string, parent: number, after: number | undefined, limit: number): Promise<number[]>;
  version(model: string, version: number): Promise<ModelVersion>;
}

/** What withdrawing a dataset writes. */
export interface WithdrawalStore extends LineageStore {
  dataset(ref: DatasetRef): Promise<DatasetRecord | undefined>;
  /** Marks the dataset and flags one version in one transaction. @throws Conflict when one changed meanwhile */
  begin(record: DatasetRecord, flagged: ModelVersion, audit: AuditEntry): Promise<void>;
  /** @throws Conflict when the version changed meanwhile */
  flag(flagged: ModelVersion, audit: AuditEntry): Promise<void>;
  complete(ref: DatasetRef, at: number): Promise<void>;
}

export interface Owners {
  /** Tells who answers for a model that versions of it rest on a withdrawn dataset. */
  tell(notice: WithdrawalNotice): Promise<void>;
}

export interface WithdrawalNotice {
  readonly dataset: DatasetRef;
  readonly reason: string;
  readonly model: string;
  /** As the manifest of the latest affected version names it. */
  readonly owner: string | undefined;
  readonly versions: readonly number[];
}
