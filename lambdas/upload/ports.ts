import type {
  Actor,
  ArtifactFile,
  CopiedFrom,
  Manifest,
  ModelSigning,
  ModelVersion,
  Policy,
  Rejection,
  TrainingRun,
} from '../registry/contract';
import type { Slot } from './contract';
import type { Acceptance } from './domain/accept-upload';
import type { ArchiveLimits } from './domain/archive-gate';
import type { ArchiveKind } from './domain/archive-name';

/** An object of an upload, pinned: reading it again gives the same bytes or fails. */
export interface UploadObject {
  readonly path: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Object version where the bucket keeps them, else ETag. */
  readonly id: string;
  /** When the bucket received it; UTC milliseconds, to the second. */
  readonly putAt: number;
}

export interface Uploads {
  /** The objects below a prefix, in order; at most `limit`. */
  list(prefix: string, limit: number): Promise<UploadObject[]>;
  /** One object, or undefined when it is gone. */
  find(key: string, path: string): Promise<UploadObject | undefined>;
  /** @throws Conflict when the object is no longer the one that was listed. */
  read(object: UploadObject): Promise<Uint8Array>;
}

/** A file out of an archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Archives {
  /** The files of an archive. @throws UploadRejected when it cannot be read, is not safe, or holds too much */
  unpack(bytes: Uint8Array, kind: ArchiveKind, limits: ArchiveLimits): Promise<ArchiveFile[]>;
}

/** Files that were registered. */
export interface RegisteredFiles {
  /** Name of the bucket that keeps them. */
  readonly bucket: string;
  read(key: string): Promise<Uint8Array>;
}

export interface Artifacts {
  /** Stores bytes under their digest; the same bytes twice are stored once. */
  put(key: string, bytes: Uint8Array, sha256: string): Promise<void>;
}

/** What a registration is about, before it has a number. */
export interface Candidate {
  readonly model: string;
  readonly uploader: Actor;
  readonly source: { readonly bucket: string; readonly key: string; readonly id: string };
  readonly at: number;
  /** Hash over the objects of the upload; the same upload is registered once. */
  readonly uploadHash: string;
  readonly slot?: string;
  /** What trained it, where it was registered from a run. */
  readonly run?: TrainingRun;
  /**
   * Folder of the inbox, which waits until it is whole or its deadline is over. With `dueAt` nothing is recorded if it does
   * not wait until then any more.
   */
  readonly waits?: { readonly prefix: string; readonly dueAt?: number };
}

/** A folder of the inbox that is not whole. */
export interface WaitingUpload {
  readonly model: string;
  readonly bucket: string;
  readonly prefix: string;
  /** When it is rejected unless something arrives; UTC milliseconds. */
  readonly dueAt: number;
  readonly missing: readonly string[];
}

export interface WaitingUploads {
  note(waiting: WaitingUpload): Promise<void>;
  /** Those whose deadline is over, the longest first; some of them may have ended since. */
  due(now: number): AsyncIterable<WaitingUpload>;
  /** Ends the wait, unless something has happened to the upload since. */
  forget(waiting: WaitingUpload): Promise<void>;
}

export interface AcceptedCandidate extends Candidate, Acceptance {
  readonly rootDigest: string;
  readonly files: readonly ArtifactFile[];
  readonly artifactPrefix: string;
  readonly manifest: Manifest;
  readonly signing: ModelSigning;
  readonly copiedFrom?: CopiedFrom;
}

export interface RejectedCandidate extends Candidate {
  readonly rejection: Rejection;
  readonly rootDigest?: string;
  readonly manifest?: Manifest;
}

/** `duplicate`: these bytes, or this very upload, were registered before. */
export interface Registered {
  readonly outcome: 'registered' | 'rejected' | 'duplicate';
  readonly version: number;
}

/** Policies, as far as registration needs them. */
export interface Policies {
  /** In force now, also for a model that is not there yet. */
  policy(model: string): Promise<{ readonly policy: Policy }>;
}

/** Versions that are on record. */
export interface Versions {
  findVersion(model: string, version: number): Promise<ModelVersion | undefined>;
}

export interface Registrations {
  /** The version that this upload became, if it was registered already. */
  findUpload(uploadHash: string): Promise<number | undefined>;
  /** Gives the candidate the next number of its model and records it, with its audit event, in one transaction. */
  register(candidate: AcceptedCandidate): Promise<Registered>;
  /** @throws Overtaken when the candidate was to wait until its `dueAt`, and does no more */
  reject(candidate: RejectedCandidate): Promise<Registered>;
  findSlot(slot: string): Promise<Slot | undefined>;
  /** Why a version was rejected; undefined if it was not. */
  findRejection(model: string, version: number): Promise<Rejection | undefined>;
}

export type { ModelVersion };
