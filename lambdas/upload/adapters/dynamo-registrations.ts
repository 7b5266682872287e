import * as z from 'zod';
import { Conflict, UpstreamFailed } from '../../kernel/errors';
import { digestKey, modelKey, SK, slotKey, uploadKey, waitingKey } from '../../registry/adapters/keys';
import { LineageLedger } from '../../registry/adapters/lineage-ledger';
import type { RegistryTable, TransactWrite } from '../../registry/adapters/registry-table';
import { putModel, putVersion } from '../../registry/adapters/registry-writes';
import {
  type EntryOf,
  type Model,
  type ModelVersion,
  modelSchema,
  modelVersionSchema,
  type Rejection,
  type VersionFlag,
} from '../../registry/contract';
import { type Slot, slotSchema } from '../contract';
import { checkDatasets } from '../domain/check-datasets';
import { Overtaken } from '../domain/overtaken';
import { registrationFacts } from '../domain/registration-facts';
import type { AcceptedCandidate, Candidate, Registered, Registrations, RejectedCandidate } from '../ports';
import { waitingUploadSchema } from './dynamo-waiting-uploads';
import { RegistrationItems } from './registration-items';

/** Registrations of one model that come at the same moment take turns; so many turns are waited for. */
const ATTEMPTS = 20;

const versionPointerSchema = z.object({ version: z.number() });
type VersionSpecific<V> = V extends ModelVersion ? Omit<V, 'version'> : never;

/** What a model's new version looks like once it has a number. */
interface FlagFacts {
  readonly flags?: VersionFlag[];
}
/** Another upload of bytes that are a version already. */
interface RepeatedBytes {
  readonly by: 'bytes';
  readonly version: number;
  readonly rootDigest: string;
}
interface Plan {
  readonly candidate: Candidate;
  readonly rootDigest: string | undefined;
  version(number: number): ModelVersion;
  audit(number: number, flags: FlagFacts): EntryOf<'Version Registered' | 'Version Rejected'>;
}

export class DynamoRegistrations implements Registrations {
  private readonly lineage: LineageLedger;
  private readonly items: RegistrationItems;

  constructor(
    private readonly table: RegistryTable,
    private readonly newModels: Model['access'],
  ) {
    this.lineage = new LineageLedger(table);
    this.items = new RegistrationItems(table.tableName);
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
    const { uploadHash: _, slot: __, waits: ___, at, ...facts } = candidate;
    const record: VersionSpecific<ModelVersion> = {
      ...facts,
      files: [...candidate.files],
      registeredAt: at,
      status: 'REGISTERED',
      generation: 0,
    };
    const { rootDigest, uploader } = candidate;
    checkDatasets(candidate);
    return this.assignNumber({
      candidate,
      rootDigest,
      version: (version) => ({ ...record, version }) as ModelVersion,
      audit: (version, flags) => ({
        model: candidate.model,
        type: 'Version Registered',
        at,
        actor: uploader,
        version,
        rootDigest,
        detail: { ...registrationFacts(candidate), ...flags },
      }),
    });
  }

  async reject(candidate: RejectedCandidate): Promise<Registered> {
    const { uploadHash: _, slot: __, waits: ___, at, rejection, ...facts } = candidate;
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
      audit: (version, flags) => ({
        model: candidate.model,
        type: 'Version Rejected',
        at,
        actor: uploader,
        version,
        ...audited,
        detail: { ...rejection, source: candidate.source.key, ...flags },
      }),
    });
  }

  private async assignNumber(plan: Plan): Promise<Registered> {
    const { candidate, rootDigest } = plan;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.checkWait(candidate);
      const known = await this.findKnown(candidate, rootDigest);
      if (known?.by === 'upload') return this.settleKnown(candidate, known.version);
      const model = await this.table.get({ pk: modelKey(candidate.model), sk: SK.meta }, modelSchema);
      const number = (model?.latestVersion ?? 0) + 1;
      // Names are unique without regard to case: the model keeps the spelling that it was made with.
      const name = model?.model ?? candidate.model;
      try {
        if (known !== undefined) return await this.recordRepeated({ ...candidate, model: name }, known);
        const { version, audit, writes } = await this.withLineage(plan, { ...plan.version(number), model: name });
        await this.table.commit({ audit, writes: [...this.writes(plan, version, model), ...writes] });
        return { outcome: version.status === 'REJECTED' ? 'rejected' : 'registered', version: number };
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * attempt));
      }
    }
    throw new UpstreamFailed(`${candidate.model} is being registered by too many at once; the queue will try again`);
  }

  private async settleKnown(candidate: Candidate, version: number): Promise<Registered> {
    const writes = this.settled(candidate, version, true);
    if (writes.length > 0) await this.table.write(writes);
    return { outcome: 'duplicate', version };
  }

  /** Who uploaded what was there already stays on record; the upload leads to its version from then on. */
  private async recordRepeated(candidate: Candidate, { version, rootDigest }: RepeatedBytes): Promise<Registered> {
    const { model, at, uploader, source, uploadHash } = candidate;
    await this.table.commit({
      audit: {
        model,
        type: 'Upload Repeated',
        at,
        actor: uploader,
        version,
        rootDigest,
        detail: { source: source.key },
      },
      writes: [
        this.items.putNew({ ...uploadKey(uploadHash), entity: 'Upload', model, version }),
        ...this.settled(candidate, version, true),
      ],
    });
    return { outcome: 'duplicate', version };
  }

  /** The version with what it inherits, and the items by which its lineage is found. */
  private async withLineage(plan: Plan, unflagged: ModelVersion) {
    const { flags, writes } = await this.lineage.birth(unflagged);
    const told = flags.length === 0 ? {} : { flags: [...flags] };
    const audit = { ...plan.audit(unflagged.version, told), model: unflagged.model };
    return { version: { ...unflagged, ...told }, audit, writes };
  }

  /** The same bytes uploaded twice are one version, and so are two events of one upload. */
  private async findKnown(
    candidate: Candidate,
    rootDigest: string | undefined,
  ): Promise<{ readonly by: 'upload'; readonly version: number } | RepeatedBytes | undefined> {
    const uploaded = await this.findUpload(candidate.uploadHash);
    if (uploaded !== undefined) return { by: 'upload', version: uploaded };
    if (rootDigest === undefined) return undefined;
    const pointer = await this.table.get(digestKey(candidate.model, rootDigest), versionPointerSchema);
    return pointer && { by: 'bytes', version: pointer.version, rootDigest };
  }

  private writes({ candidate, rootDigest }: Plan, version: ModelVersion, model: Model | undefined): TransactWrite[] {
    const pointer = { model: version.model, version: version.version };
    const writes = [
      putModel(this.table.tableName, this.nextModel(candidate, version, model)),
      putVersion(this.table.tableName, version),
      this.items.putNew({ ...uploadKey(candidate.uploadHash), entity: 'Upload', ...pointer }),
    ];
    if (rootDigest !== undefined)
      writes.push(this.items.putNew({ ...digestKey(version.model, rootDigest), entity: 'Digest', ...pointer }));
    const isFirst = (model?.latestVersion ?? 0) === 0;
    if (isFirst && (model?.access ?? this.newModels) === 'restricted' && candidate.uploader.kind !== 'unknown')
      writes.push(this.items.firstGrant(candidate));
    return [...writes, ...this.settled(candidate, version.version, false)];
  }

  /** Who waits for the upload is told, and it waits for nothing any more. */
  private settled({ slot, waits }: Candidate, version: number, isDuplicate: boolean): TransactWrite[] {
    return [
      ...(slot === undefined ? [] : [this.items.settleSlot(slot, version, isDuplicate)]),
      ...(waits === undefined ? [] : [this.items.endWait(waits.prefix, waits.dueAt)]),
    ];
  }

  /** @throws Overtaken unless the upload still waits as it did when its deadline was found to be over */
  private async checkWait({ waits, source }: Candidate): Promise<void> {
    if (waits?.dueAt === undefined) return;
    const waiting = await this.table.get(waitingKey(waits.prefix), waitingUploadSchema);
    if (waiting?.dueAt !== waits.dueAt) throw new Overtaken(`${source.key} waits no more, or anew`);
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
}
