import { createHash } from 'node:crypto';
import { Conflict } from '../../lambdas/kernel/errors';
import { type Actor, type Policy, policySchema, type Rejection } from '../../lambdas/registry/contract';
import { archives } from '../../lambdas/upload/adapters/archive-reader';
import type { Slot } from '../../lambdas/upload/contract';
import { Overtaken } from '../../lambdas/upload/domain/overtaken';
import type {
  AcceptedCandidate,
  Registered,
  Registrations,
  RejectedCandidate,
  UploadObject,
  WaitingUpload,
  WaitingUploads,
} from '../../lambdas/upload/ports';
import type { RegisterUploadPorts } from '../../lambdas/upload/register-upload';

/** Uploads that wait, in memory. */
class FakeWaitingUploads implements WaitingUploads {
  readonly notes = new Map<string, WaitingUpload>();

  note(waiting: WaitingUpload): Promise<void> {
    this.notes.set(waiting.prefix, waiting);
    return Promise.resolve();
  }

  async *due(now: number): AsyncGenerator<WaitingUpload> {
    yield* [...this.notes.values()].filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
  }

  forget({ prefix, dueAt }: WaitingUpload): Promise<void> {
    if (this.notes.get(prefix)?.dueAt === dueAt) this.notes.delete(prefix);
    return Promise.resolve();
  }
}

/** Registrations in memory, with the promises of the real ones: no gap, and nothing twice. */
export class FakeRegistrations implements Registrations {
  readonly slots = new Map<string, Slot>();
  readonly versions = new Map<string, Array<AcceptedCandidate | RejectedCandidate>>();
  private readonly uploads = new Map<string, number>();
  private readonly digests = new Map<string, number>();

  findUpload(uploadHash: string): Promise<number | undefined> {
    return Promise.resolve(this.uploads.get(uploadHash));
  }

  findSlot(slot: string): Promise<Slot | undefined> {
    return Promise.resolve(this.slots.get(slot));
  }

  findRejection(model: string, version: number): Promise<Rejection | undefined> {
    const found = this.versions.get(model.toLowerCase())?.[version - 1];
    return Promise.resolve(found && 'rejection' in found ? found.rejection : undefined);
  }

  register(candidate: AcceptedCandidate): Promise<Registered> {
    return this.number(candidate, `${candidate.model.toLowerCase()}#${candidate.rootDigest}`, 'registered');
  }

  reject(candidate: RejectedCandidate): Promise<Registered> {
    return this.number(candidate, undefined, 'rejected');
  }

  readonly waiting = new FakeWaitingUploads();

  private number(
    candidate: AcceptedCandidate | RejectedCandidate,
    digest: string | undefined,
    outcome: 'registered' | 'rejected',
  ): Promise<Registered> {
    const { waits } = candidate;
    if (waits?.dueAt !== undefined && this.waiting.notes.get(waits.prefix)?.dueAt !== waits.dueAt)
      return Promise.reject(new Overtaken());
    if (waits) this.waiting.notes.delete(waits.prefix);
    const known =
      this.uploads.get(candidate.uploadHash) ?? (digest === undefined ? undefined : this.digests.get(digest));
    if (known !== undefined) {
      this.uploads.set(candidate.uploadHash, known);
      return Promise.resolve({ outcome: 'duplicate', version: known });
    }
    const versions = this.versions.get(candidate.model.toLowerCase()) ?? [];
    this.versions.set(candidate.model.toLowerCase(), [...versions, candidate]);
    const version = versions.length + 1;
    this.uploads.set(candidate.uploadHash, version);
    if (digest !== undefined) this.digests.set(digest, version);
    return Promise.resolve({ outcome, version });
  }
}

/** A bucket, an artifact store, a registry and a clock in memory. */
export class UploadWorld implements RegisterUploadPorts {
  readonly objects = new Map<string, { body: Buffer; id: string; putAt: number }>();
  readonly stored = new Map<string, Buffer>();
  readonly registrations = new FakeRegistrations();
  readonly waiting = this.registrations.waiting;
  policyInForce: Policy = policySchema.parse({});
  readonly policies = { policy: () => Promise.resolve({ policy: this.policyInForce }) };
  readonly incompleteAfter = 'PT1H';
  maxFileBytes = 1_000_000;
  hosting: RegisterUploadPorts['hosting'] = { deployment: 'test', sagemaker: 'on' };
  at = 1000;
  readonly now = () => this.at;
  private writes = 0;

  put(key: string, body: Uint8Array | string): string {
    this.objects.set(key, { body: Buffer.from(body), id: `"${++this.writes}"`, putAt: this.at });
    return key;
  }

  readonly uploads = {
    list: (prefix: string, limit: number): Promise<UploadObject[]> =>
      Promise.resolve(
        [...this.objects.keys()]
          .filter((key) => key.startsWith(prefix) && !key.endsWith('/'))
          .sort()
          .slice(0, limit)
          .map((key) => this.objectAt(key, key.slice(prefix.length))),
      ),
    find: (key: string, path: string): Promise<UploadObject | undefined> =>
      Promise.resolve(this.objects.has(key) ? this.objectAt(key, path) : undefined),
    read: ({ key, id }: UploadObject): Promise<Uint8Array> => {
      const object = this.objects.get(key);
      return object?.id === id ? Promise.resolve(object.body) : Promise.reject(new Conflict(`${key} was replaced`));
    },
  };

  readonly archives = archives;
  readonly artifacts = {
    put: async (key: string, bytes: Uint8Array, sha256: string): Promise<void> => {
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`${key} has another digest`);
      this.stored.set(key, Buffer.from(bytes));
    },
  };

  private objectAt(key: string, path: string): UploadObject {
    const { body, id, putAt } = this.objects.get(key) ?? { body: Buffer.alloc(0), id: '', putAt: 0 };
    return { key, path, size: body.length, id, putAt };
  }
}

export const ADA = { kind: 'person', id: 'ada', name: 'Ada' } as const satisfies Actor;
/** An id as the API draws them. */
export const SLOT_ID = 'abcdefghijklmnopqrstuvwx';

export const slotOf = (model: string, rest: Partial<Slot> = {}): Slot => ({
  slot: SLOT_ID,
  model,
  uploader: ADA,
  openedAt: 0,
  expiresAt: 2000,
  ...rest,
});
