import * as z from 'zod';
import { Conflict, UpstreamFailed } from '../../kernel/errors';
import { digestKey, modelKey, SK, slotKey, uploadKey } from '../../registry/adapters/keys';
import { LineageLedger, MAX_DATASETS } from '../../registry/adapters/lineage-ledger';
import type { RegistryTable, TransactWrite } from '../../registry/adapters/registry-table';
import { putModel, putVersion } from '../../registry/adapters/registry-writes';
import {
  type AuditEntry,
  type Manifest,
  type Model,
  type ModelVersion,
  modelSchema,
  modelVersionSchema,
  type Rejection,
} from '../../registry/contract';
import { type Slot, slotSchema } from '../contract';
import { UploadRejected } from '../domain/rejected';
import type { AcceptedCandidate, Candidate, Registered, Registrations, RejectedCandidate } from '../ports';

/** Registrations of one model that come at the same moment take turns; so many turns are waited for. */
const ATTEMPTS = 20;

const versionPointerSchema = z.object({ version: z.number() });
type VersionSpecific<V> = V extends ModelVersion ? Omit<V, 'version'> : never;

/** What a model's new version looks like once it has a number. */
interface Plan {
  readonly candidate: Candidate;
  readonly rootDigest: string | undefined;
  version(number: number): ModelVersion;
  audit(number: number): AuditEntry;
}

export class DynamoRegistrations implements Registrations {
  private readonly lineage: LineageLedger;

  constructor(
    private readonly table: RegistryTable,
    private readonly newModels: Model['access'],
  ) {
    this.lineage = new LineageLedger(table);
  }

  async findUpload(uploadHash: string): Promise<number | undefined> {
    return (await this.table.get(uploadKey(uploadHash), versionPointerSchema))?.version;
  }

  findSlot(slot: string): Promise<Slot | undefined> {
    return this.table.get(slotKey(slot), slotSchema);
  }

  async findRejection(model: string, version: number): Promise<Rejection | undefined> {
    const found = await this.table.get({ pk: modelKey(model), sk: SK.version(version) }, modelVersionSchema);
    return found?.status === 'REJECTED' ? found.rejection : undefined;
  }

  async register(candidate: AcceptedCandidate): Promise<Registered> {
    const { uploadHash: _, slot: __, at, ...facts } = candidate;
    const record: VersionSpecific<ModelVersion> = {
      ...facts,
      files: [...candidate.files],
      registeredAt: at,
      status: 'REGISTERED',
      generation: 0,
    };
    const { rootDigest, uploader } = candidate;
    checkDatasets(candidate.manifest);
    return this.assignNumber({
      candidate,
      rootDigest,
      version: (version) => ({ ...record, version }) as ModelVersion,
      audit: (version) => ({
        model: candidate.model,
        type: 'Version Registered',
        at,
        actor: uploader,
        version,
        rootDigest,
        detail: lineageOf(candidate),
      }),
    });
  }

  async reject(candidate: RejectedCandidate): Promise<Registered> {
    const { uploadHash: _, slot: __, at, rejection, ...facts } = candidate;
    const { rootDigest, uploader } = candidate;
    const audited = rootDigest === undefined ? {} : { rootDigest };
    return this.assignNumber({
      candidate,
      rootDigest: undefined,
      version: (version) => ({
        ...facts,
        version,
        registeredAt: at,
        status: 'REJECTED',
        rejectedAt: at,
        rejection,
        generation: 0,
      }),
      audit: (version) => ({
        model: candidate.model,
        type: 'Version Rejected',
        at,
        actor: uploader,
        version,
        ...audited,
        detail: { ...rejection, source: candidate.source.key },
      }),
    });
  }

  private async assignNumber(plan: Plan): Promise<Registered> {
    const { candidate, rootDigest } = plan;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const known = await this.findKnown(candidate, rootDigest);
      if (known !== undefined) {
        if (candidate.slot !== undefined) await this.table.write([this.settleSlot(candidate.slot, known, true)]);
        return { outcome: 'duplicate', version: known };
      }
      const model = await this.table.get({ pk: modelKey(candidate.model), sk: SK.meta }, modelSchema);
      const number = (model?.latestVersion ?? 0) + 1;
      // Names are unique without regard to case: the model keeps the spelling that it was made with.
      const name = model?.model ?? candidate.model;
      const { version, audit, writes } = await this.withLineage(plan, { ...plan.version(number), model: name });
      try {
        await this.table.commit({ audit, writes: [...this.writes(plan, version, model), ...writes] });
        return { outcome: version.status === 'REJECTED' ? 'rejected' : 'registered', version: number };
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * attempt));
      }
    }
    throw new UpstreamFailed(`${candidate.model} is being registered by too many at once; the queue will try again`);
  }

  /** The version with what it inherits, and the items by which its lineage is found. */
  private async withLineage(plan: Plan, unflagged: ModelVersion) {
    const { flags, writes } = await this.lineage.birth(unflagged);
    const audit = { ...plan.audit(unflagged.version), model: unflagged.model };
    if (flags.length === 0) return { version: unflagged, audit, writes };
    const told = { flags: JSON.parse(JSON.stringify(flags)) };
    return {
      version: { ...unflagged, flags: [...flags] },
      audit: { ...audit, detail: { ...audit.detail, ...told } },
      writes,
    };
  }

  /** The same bytes uploaded twice are one version, and so are two events of one upload. */
  private async findKnown(candidate: Candidate, rootDigest: string | undefined): Promise<number | undefined> {
    const uploaded = await this.findUpload(candidate.uploadHash);
    if (uploaded !== undefined || rootDigest === undefined) return uploaded;
    return (await this.table.get(digestKey(candidate.model, rootDigest), versionPointerSchema))?.version;
  }

  private writes({ candidate, rootDigest }: Plan, version: ModelVersion, model: Model | undefined): TransactWrite[] {
    const pointer = { model: version.model, version: version.version };
    const writes = [
      putModel(this.table.tableName, this.nextModel(candidate, version, model)),
      putVersion(this.table.tableName, version),
      this.putNew({ ...uploadKey(candidate.uploadHash), entity: 'Upload', ...pointer }),
    ];
    if (rootDigest !== undefined)
      writes.push(this.putNew({ ...digestKey(version.model, rootDigest), entity: 'Digest', ...pointer }));
    const isFirst = (model?.latestVersion ?? 0) === 0;
    if (isFirst && (model?.access ?? this.newModels) === 'restricted' && candidate.uploader.kind !== 'unknown')
      writes.push(this.firstGrant(candidate));
    if (candidate.slot !== undefined) writes.push(this.settleSlot(candidate.slot, version.version, false));
    return writes;
  }

  private nextModel(candidate: Candidate, version: ModelVersion, model: Model | undefined): Model {
    const owner = version.manifest?.owner === undefined ? {} : { owner: version.manifest.owner };
    if (model) return { ...model, latestVersion: version.version, generation: model.generation + 1 };
    const fresh = {
      model: candidate.model,
      createdAt: candidate.at,
      latestVersion: version.version,
      access: this.newModels,
    };
    return { ...fresh, ...owner, policyNumber: 0, generation: 0 };
  }

  private putNew(item: Record<string, unknown>): TransactWrite {
    return {
      Put: {
        TableName: this.table.tableName,
        Item: { schemaVersion: 1, ...item },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }

  /** On a restricted model the first uploader keeps access to what they made. */
  private firstGrant(candidate: Candidate): TransactWrite {
    const principal = `${candidate.uploader.kind === 'person' ? 'user' : 'client'}:${candidate.uploader.id}`;
    // An operator may have set policy and grants before the first upload: what was granted then stays.
    return {
      Update: {
        TableName: this.table.tableName,
        Key: { pk: modelKey(candidate.model), sk: SK.grant(principal) },
        UpdateExpression:
          'SET entity = :entity, schemaVersion = :one, principal = :principal, #roles = if_not_exists(#roles, :roles)',
        ExpressionAttributeNames: { '#roles': 'roles' },
        ExpressionAttributeValues: {
          ':entity': 'Grant',
          ':one': 1,
          ':principal': principal,
          ':roles': ['data-scientist'],
        },
      },
    };
  }

  /** Tells who waits at the slot; an event that comes twice does not make a registration a duplicate. */
  private settleSlot(slot: string, version: number, duplicate: boolean): TransactWrite {
    return {
      Update: {
        TableName: this.table.tableName,
        Key: slotKey(slot),
        UpdateExpression:
          'SET version = if_not_exists(version, :version), isDuplicate = if_not_exists(isDuplicate, :duplicate)',
        ExpressionAttributeValues: { ':version': version, ':duplicate': duplicate },
      },
    };
  }
}

/** What a version says it was made from. */
const lineageOf = (candidate: AcceptedCandidate): AuditEntry['detail'] => {
  const { datasets = [], code, parent, seed } = candidate.manifest.training ?? {};
  const stated = {
    datasets: datasets.map((dataset) => ({ ...dataset })),
    ...(code ? { code: { ...code } } : {}),
    ...(parent === undefined ? {} : { parent }),
    ...(seed === undefined ? {} : { seed }),
  };
  return JSON.parse(
    JSON.stringify({
      source: candidate.source.key,
      files: candidate.files.length,
      runtime: candidate.runtime.kind,
      lineage: stated,
    }),
  );
};

/** @throws UploadRejected when the transaction that registers the version has no room for its datasets */
const checkDatasets = ({ training }: Manifest): void => {
  const count = training?.datasets.length ?? 0;
  if (count <= MAX_DATASETS) return;
  throw new UploadRejected(
    'too-many-datasets',
    `contender.yaml names ${count} datasets in training.datasets, over the limit of ${MAX_DATASETS}; name what they were joined into`,
  );
};
