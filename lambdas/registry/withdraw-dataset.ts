import { Conflict, NotFound } from '../kernel/errors';
import { datasetRefOf, flagged, hasFlag, textOf } from './domain/version-flags';
import type { Owners, WithdrawalNotice, WithdrawalStore } from './ports';
import type { AuditEntry } from './schemas/audit-entry';
import type { DatasetRecord, LineageItem } from './schemas/dataset';
import type { DatasetRef, ModelVersion } from './schemas/model-version';
import type { Actor } from './schemas/names';

/** Versions change while they are flagged, by an evaluation or a rollout; so often one tries. */
const ATTEMPTS = 20;
/** Items of an index that are read at once. */
const PAGE = 100;

type Withdrawn = NonNullable<DatasetRecord['withdrawn']>;
type Withdrawal = DatasetRecord & { readonly withdrawn: Withdrawn };

const flagOf = (record: Withdrawal, inheritedFrom: number | undefined) => ({
  kind: 'dataset-withdrawn' as const,
  dataset: datasetRefOf(record),
  at: record.withdrawn.at,
  reason: record.withdrawn.reason,
  ...(inheritedFrom === undefined ? {} : { inheritedFrom }),
});

/** `origin`: the event that the work-through starts from; one for each withdrawal. */
const auditOf = (record: Withdrawal, version: ModelVersion, origin: boolean, at: number): AuditEntry => ({
  model: version.model,
  type: 'Dataset Withdrawn',
  at,
  actor: record.withdrawn.by,
  version: version.version,
  ...(version.rootDigest === undefined ? {} : { rootDigest: version.rootDigest }),
  detail: {
    dataset: JSON.parse(JSON.stringify(datasetRefOf(record))),
    reason: record.withdrawn.reason,
    status: version.status,
    origin,
    ...(version.manifest?.owner === undefined ? {} : { owner: version.manifest.owner }),
  },
});

const onceMore = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || n === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * n));
    }
  }
};

/**
 * Withdraws a dataset: marks it, and flags the first version that was trained on it, in one transaction. From then on no
 * version is registered with it unflagged; `flagAffected` sees to those there are. Withdrawn twice, the first stands.
 * @throws NotFound when no version was trained on it
 */
export const withdrawDataset = (
  ref: DatasetRef,
  reason: string,
  by: Actor,
  ports: { readonly store: WithdrawalStore; readonly now: () => number },
): Promise<DatasetRecord> =>
  onceMore(async () => {
    const { store } = ports;
    const [known, [first]] = await Promise.all([
      store.dataset(ref),
      store.uses({ kind: 'dataset', dataset: ref }, undefined, 1),
    ]);
    if (known === undefined || first === undefined)
      throw new NotFound(`no version was trained on the dataset ${textOf(ref)}`);
    if (known.withdrawn !== undefined) return known;
    const record = { ...known, withdrawn: { at: ports.now(), by, reason } };
    const version = await store.version(first.model, first.version);
    const next = flagged(version, flagOf(record, undefined));
    await store.begin(record, next, auditOf(record, version, true, record.withdrawn.at));
    return record;
  });

export interface FlagAffectedPorts {
  readonly store: WithdrawalStore;
  readonly owners: Owners;
  readonly now: () => number;
}

/** Gives the version its flag, unless it has it; a version found flagged was so by a run before. */
const flagOne = (record: Withdrawal, item: LineageItem, through: number | undefined, ports: FlagAffectedPorts) =>
  onceMore(async () => {
    const version = await ports.store.version(item.model, item.version);
    if (hasFlag(version.flags, record)) return version;
    await ports.store.flag(flagged(version, flagOf(record, through)), auditOf(record, version, false, ports.now()));
    return version;
  });

/** Everything made from a version, older before younger, each flagged before its children are looked for. */
const flagBelow = async (
  record: Withdrawal,
  root: LineageItem,
  ports: FlagAffectedPorts,
  said: (version: ModelVersion) => void,
): Promise<void> => {
  const waiting = [root.version];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    let last: number | undefined;
    for (let isMore = true; isMore; ) {
      const children = await ports.store.children(root.model, at, last, PAGE);
      for (const version of children) {
        const item = { model: root.model, version };
        // What was trained on it itself is a root of its own, with all below it.
        if (await ports.store.isUse({ kind: 'dataset', dataset: datasetRefOf(record) }, item)) continue;
        said(await flagOne(record, item, root.version, ports));
        waiting.push(version);
      }
      last = children.at(-1);
      isMore = children.length === PAGE;
    }
  }
};

type Notices = Map<string, { owner: string | undefined; latest: number; versions: Set<number> }>;

const note = (notices: Notices, { model, version, manifest }: ModelVersion): void => {
  const noted = notices.get(model) ?? { owner: manifest?.owner, latest: version, versions: new Set<number>() };
  noted.versions.add(version);
  if (version >= noted.latest) Object.assign(noted, { latest: version, owner: manifest?.owner ?? noted.owner });
  notices.set(model, noted);
};

const tellAll = async (record: Withdrawal, notices: Notices, owners: Owners): Promise<void> => {
  for (const [model, { owner, versions }] of notices) {
    const notice: WithdrawalNotice = {
      dataset: datasetRefOf(record),
      reason: record.withdrawn.reason,
      ...{ model, owner, versions: [...versions].sort((a, b) => a - b) },
    };
    await owners.tell(notice);
  }
};

/**
 * Flags every version that rests on a withdrawn dataset, directly or through its ancestors, and tells their owners. It may die
 * anywhere and be run again: what has its flag keeps that one, and only when all is done nothing is left to do.
 * @returns how many versions are affected
 */
export const flagAffected = async (ref: DatasetRef, ports: FlagAffectedPorts): Promise<number> => {
  const found = await ports.store.dataset(ref);
  if (found?.withdrawn === undefined || found.withdrawn.completedAt !== undefined) return 0;
  const record: Withdrawal = { ...found, withdrawn: found.withdrawn };
  const notices: Notices = new Map();
  let last: LineageItem | undefined;
  for (let isMore = true; isMore; ) {
    const uses = await ports.store.uses({ kind: 'dataset', dataset: ref }, last, PAGE);
    for (const use of uses) {
      note(notices, await flagOne(record, use, undefined, ports));
      await flagBelow(record, use, ports, (version) => note(notices, version));
    }
    last = uses.at(-1);
    isMore = uses.length === PAGE;
  }
  await tellAll(record, notices, ports.owners);
  await ports.store.complete(ref, ports.now());
  return [...notices.values()].reduce((sum, { versions }) => sum + versions.size, 0);
};
