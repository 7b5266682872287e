import type { DatasetRef } from '../schemas/model-version';

/** Keys of the registry, audit and evidence tables. Numbers are padded so that they sort as text. */
const padded = (n: number): string => String(n).padStart(10, '0');

/** A model's partition: names are unique without regard to case. */
export const modelKey = (model: string): string => `MODEL#${model.toLowerCase()}`;

export const SK = {
  meta: 'META',
  route: 'ROUTE',
  version: (n: number) => `VERSION#${padded(n)}`,
  versions: 'VERSION#',
  policy: (n: number) => `POLICY#${padded(n)}`,
  grant: (principal: string) => `GRANT#${principal}`,
  grants: 'GRANT#',
  rollout: (id: string) => `ROLLOUT#${id}`,
  rollouts: 'ROLLOUT#',
  approval: (id: string) => `APPROVAL#${id}`,
  approvals: 'APPROVAL#',
  review: (approvalId: string, reviewer: string) => `REVIEW#${approvalId}#${reviewer}`,
  event: (sequence: number) => `EVENT#${padded(sequence)}`,
  events: 'EVENT#',
} as const;

/** Items whose uniqueness the transaction itself enforces. */
export const digestKey = (model: string, rootDigest: string) => ({
  pk: `DIGEST#${model.toLowerCase()}#${rootDigest}`,
  sk: 'VERSION',
});
export const uploadKey = (hash: string) => ({ pk: `UPLOAD#${hash}`, sk: 'VERSION' });
export const slotKey = (slot: string) => ({ pk: `SLOT#${slot}`, sk: 'SLOT' });
/** A folder of the inbox that is not whole yet, by its bucket's prefix. */
export const waitingKey = (prefix: string) => ({ pk: `WAITING#${prefix}`, sk: 'WAITING' });
/** What stands for the digest of a dataset that was declared without one. */
export const UNDIGESTED = 'none';
/** A dataset's partition: its record under `META`, and an item for each version that was trained on it. */
export const datasetKey = ({ name, sha256, digest }: DatasetRef): string =>
  `DATASET#${name}@${sha256 ?? digest ?? UNDIGESTED}`;
/** An item for each version that a commit trained. */
export const codeKey = (repo: string, commit: string): string => `CODE#${repo}@${commit}`;
/** An item for each version that was made from this one. */
export const parentKey = (model: string, parent: number): string => `PARENT#${model.toLowerCase()}#${padded(parent)}`;
/** An item for each version that a run was said to have made. */
export const runVersionsKey = (run: string): string => `RUNVERSIONS#${run}`;
/** A version among those of every model. */
export const useSk = (model: string, version: number): string => `VERSION#${model.toLowerCase()}#${padded(version)}`;
/** Leads from an id that users hold to the model whose partition has the item. */
export const pointerKey = (id: string) => ({ pk: `POINTER#${id}`, sk: 'POINTER' });

/** Partitions of the sparse index `lists`. */
export const LISTS_INDEX = 'lists';
export const LIST = {
  models: 'LIST#MODELS',
  pendingApprovals: 'LIST#APPROVALS#PENDING',
  runningRollouts: 'LIST#ROLLOUTS#RUNNING',
  datasets: 'LIST#DATASETS',
  waitingUploads: 'LIST#UPLOADS#WAITING',
} as const;
export type List = (typeof LIST)[keyof typeof LIST];
