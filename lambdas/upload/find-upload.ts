import { createHash } from 'node:crypto';
import { durationMs } from '../kernel/duration';
import type { Actor } from '../registry/contract';
import { type AnnouncedFile, MAX_FILES, type Slot } from './contract';
import { isAnnounced, loneFile } from './domain/announced';
import { type InboxKey, parseInboxKey, slotOf } from './domain/inbox-key';
import type { Candidate, Registrations, UploadObject, Uploads } from './ports';

export interface FindUploadPorts {
  readonly uploads: Pick<Uploads, 'list' | 'find'>;
  readonly registrations: Pick<Registrations, 'findSlot'>;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** How long a folder may stay incomplete after its last file arrived; an ISO 8601 duration. */
  readonly incompleteAfter: string;
}

/** Objects that belong together, and whose they are. */
export interface Upload {
  /** `folder`: nobody said what is still to come; `announced`: somebody did. */
  readonly kind: 'file' | 'folder' | 'announced';
  readonly candidate: Candidate;
  readonly objects: readonly UploadObject[];
  /** What was said to come; empty where nobody said. */
  readonly announced: readonly AnnouncedFile[];
}

/** An upload of the inbox. */
export interface Found extends Upload {
  /** When its wait ends. */
  readonly dueAt: number;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const pinsOf = (objects: readonly UploadObject[]): string[][] =>
  objects.map((object) => [object.key, object.id]);

type Place = Exclude<InboxKey, { kind: 'ignored' }>;

/** The slot that was opened for a folder of this model. */
const slotAt = async (place: Place, { registrations }: FindUploadPorts): Promise<Slot | undefined> => {
  const id = place.kind === 'folder' ? slotOf(place.folder) : undefined;
  const slot = id === undefined ? undefined : await registrations.findSlot(id);
  return slot?.model.toLowerCase() === place.model.toLowerCase() ? slot : undefined;
};

/**
 * Whose hand it was. A slot vouches for what was announced and put while it was open; when the event of that is processed says
 * nothing, for the queue tries again for hours, and dead letters come back after days.
 */
const handOf = (
  slot: Slot | undefined,
  bucket: string,
  objects: readonly UploadObject[],
): { uploader: Actor; slot?: string } => {
  const inTime = slot !== undefined && objects.every(({ putAt }) => putAt <= slot.expiresAt);
  if (inTime && (slot.files === undefined || isAnnounced(slot.files, objects)))
    return { uploader: slot.uploader, slot: slot.slot };
  return { uploader: { kind: 'unknown', id: `s3://${bucket}` } };
};

/** It begins anew with every file. */
const dueAtOf = (objects: readonly UploadObject[], { now, incompleteAfter }: FindUploadPorts): number => {
  const times = objects.map(({ putAt }) => putAt).filter(Number.isFinite);
  return (times.length > 0 ? Math.max(...times) : now()) + durationMs(incompleteAfter);
};

const objectsOf = async (place: Place, { uploads }: FindUploadPorts, key: string): Promise<UploadObject[]> => {
  if (place.kind === 'folder') return uploads.list(place.prefix, MAX_FILES + 1);
  const alone = await uploads.find(key, place.path);
  return alone ? [alone] : [];
};

const kindOf = (place: Place, announced: Slot['files'], objects: readonly UploadObject[]): Upload['kind'] => {
  if (place.kind === 'file') return 'file';
  const [only, ...others] = objects;
  if (announced && others.length === 0 && only?.path === loneFile(announced)) return 'file';
  return announced ? 'announced' : 'folder';
};

/** The upload that a key belongs to, by what lies in the bucket now. */
export const findUpload = async (
  bucket: string,
  key: string,
  ports: FindUploadPorts,
): Promise<Found | { readonly reason: string }> => {
  const place = parseInboxKey(key);
  if (place.kind === 'ignored') return { reason: place.reason };
  const { model, prefix } = place;
  const objects = await objectsOf(place, ports, key);
  if (objects.length === 0) return { reason: 'the upload is no longer there' };
  const slot = await slotAt(place, ports);
  const uploadHash = sha256(JSON.stringify([bucket, ...pinsOf(objects)]));
  const source = { bucket, key: place.kind === 'file' ? key : prefix, id: uploadHash };
  const waits = place.kind === 'file' ? {} : { waits: { prefix } };
  const candidate = { model, source, at: ports.now(), uploadHash, ...handOf(slot, bucket, objects), ...waits };
  const kind = kindOf(place, slot?.files, objects);
  return { kind, candidate, objects, announced: slot?.files ?? [], dueAt: dueAtOf(objects, ports) };
};
