import { createHash } from 'node:crypto';
import { durationMs } from '../kernel/duration';
import type { Actor, ArtifactFile, ModelSigning, Policy, Rejection } from '../registry/contract';
import { assessUpload, type Contents, lackedByGraph, type UploadFile, type Whole } from './assess-upload';
import { MAX_FILES, MODELS_PREFIX } from './contract';
import { acceptHosted, acceptOnnx, type Hosting } from './domain/accept-upload';
import { type InboxKey, parseInboxKey, slotOf } from './domain/inbox-key';
import { MANIFEST } from './domain/read-manifest';
import { MLMODEL } from './domain/read-mlmodel';
import { checkRecordSize, isRecordable } from './domain/record-size';
import { UploadRejected } from './domain/rejected';
import { describeFile, rootDigest, SIGNATURE_FILE } from './domain/root-digest';
import { verifySignature } from './domain/verify-signature';
import { type OpenUploadPorts, openUpload } from './open-upload';
import type { Artifacts, Candidate, Policies, Registered, Registrations, UploadObject, WaitingUploads } from './ports';

export interface RegisterUploadPorts extends OpenUploadPorts {
  readonly artifacts: Artifacts;
  readonly registrations: Registrations;
  readonly policies: Policies;
  readonly waiting: WaitingUploads;
  readonly now: () => number;
  /** How long a folder may stay incomplete after its last file arrived; an ISO 8601 duration. */
  readonly incompleteAfter: string;
  readonly hosting: Hosting;
}

/** `waiting`: the upload is not whole yet; a later event will find it so. */
type Outcome = { readonly outcome: 'waiting'; readonly missing: readonly string[] } | Registered;

/** What became of an `Object Created`. */
export type RegisterUploadResult =
  | { readonly outcome: 'ignored'; readonly reason: string }
  | Extract<Outcome, { outcome: 'waiting' }>
  | ({ readonly model: string } & Registered);

/** Objects that belong together, and whose they are. */
interface Upload {
  readonly kind: 'file' | 'folder';
  readonly candidate: Candidate;
  readonly objects: readonly UploadObject[];
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const pinsOf = (objects: readonly UploadObject[]): string[][] =>
  objects.map((object) => [object.key, object.id]);

/** Faults for which a folder is done with: what else still arrives in it changes nothing. */
const UNSERVABLE: ReadonlySet<string> = new Set(['executable', 'no-onnx-flavor']);

/**
 * What a rejection is about: a lone file as it is; of a folder what describes it and its model, or the file that was too
 * much, so that a file which arrives after the fault was found does not make a second rejected version.
 */
const rejectionHashOf = ({ kind, candidate, objects }: Upload, { code, message }: Rejection, modelFile?: string) => {
  if (kind === 'file') return candidate.uploadHash;
  const { bucket, key } = candidate.source;
  if (UNSERVABLE.has(code)) return sha256(JSON.stringify([bucket, key, 'unservable']));
  const judged = objects.filter(({ path }) => [MANIFEST, MLMODEL, SIGNATURE_FILE, modelFile].includes(path));
  const about = code === 'too-large' ? message : judged.map(({ path, id }) => [path, id]);
  return sha256(JSON.stringify([bucket, key, code, about]));
};

type Place = Exclude<InboxKey, { kind: 'ignored' }>;

/**
 * Whose hand it was. A slot vouches for what was put while it was open; when the event of that is processed says nothing,
 * for the queue tries again for hours, and dead letters come back after days.
 */
const uploaderOf = async (
  place: Place,
  bucket: string,
  objects: readonly UploadObject[],
  ports: RegisterUploadPorts,
): Promise<{ uploader: Actor; slot?: string }> => {
  const unknown = { uploader: { kind: 'unknown' as const, id: `s3://${bucket}` } };
  const slotId = place.kind === 'folder' ? slotOf(place.folder) : undefined;
  if (slotId === undefined) return unknown;
  const slot = await ports.registrations.findSlot(slotId);
  if (slot === undefined || slot.model.toLowerCase() !== place.model.toLowerCase()) return unknown;
  const inTime = objects.every(({ putAt }) => putAt <= slot.expiresAt);
  return inTime ? { uploader: slot.uploader, slot: slotId } : unknown;
};

interface ReadFile {
  readonly file: ArtifactFile;
  readonly bytes: Uint8Array;
}

const readAll = (files: readonly UploadFile[]): Promise<ReadFile[]> =>
  Promise.all(
    files.map(async ({ path, read }) => {
      const bytes = await read();
      return { bytes, file: describeFile(path, bytes) };
    }),
  );

const acceptanceOf = (
  { manifest, modelFile, mlmodel }: Whole,
  files: readonly ReadFile[],
  digest: string,
  { hosting, model }: { readonly hosting: Hosting; readonly model: string },
) => {
  if (modelFile === undefined) return { ...acceptHosted(manifest, hosting, model, digest), externalFiles: [] };
  const graph = files.find((candidate) => candidate.file.path === modelFile);
  return acceptOnnx(manifest, modelFile, graph?.bytes ?? new Uint8Array(), mlmodel);
};

/** A gate that only warns lets a version be registered without. */
const needsSignature = ({ gates }: Policy): boolean =>
  gates.some(({ kind, severity }) => kind === 'signed' && severity === 'block');

export const signingOf = (files: readonly ReadFile[], { signing }: Policy): ModelSigning => {
  const signature = files.find(({ file }) => file.path === SIGNATURE_FILE);
  if (signature === undefined) return { status: 'unsigned' };
  const described = files.map(({ file }) => file);
  return verifySignature(Buffer.from(signature.bytes).toString('utf8'), described, signing);
};

const registerWhole = async (
  upload: Upload,
  contents: Contents,
  whole: Whole,
  policy: Policy,
  ports: RegisterUploadPorts,
): Promise<Outcome> => {
  const { candidate } = upload;
  const { model } = candidate;
  const files = await readAll(contents.files);
  const described = files.map(({ file }) => file);
  const digest = rootDigest(described);
  try {
    const at = { hosting: ports.hosting, model };
    const { externalFiles, ...acceptance } = acceptanceOf(whole, files, digest, at);
    const missing = lackedByGraph(contents, whole.modelFile ?? '', externalFiles);
    if (missing.length > 0) return { outcome: 'waiting', missing };
    const artifactPrefix = `${MODELS_PREFIX}${model}/${digest}/`;
    const accepted = { ...candidate, ...acceptance, rootDigest: digest, files: described, artifactPrefix };
    const signing = signingOf(files, policy);
    checkRecordSize(accepted);
    await Promise.all(
      files.map(({ file, bytes }) => ports.artifacts.put(artifactPrefix + file.path, bytes, file.sha256)),
    );
    return await ports.registrations.register({ ...accepted, signing });
  } catch (error) {
    if (!(error instanceof UploadRejected)) throw error;
    const { rejection } = error;
    const uploadHash = rejectionHashOf(upload, rejection, whole.modelFile);
    const declared = isRecordable(whole.manifest) ? { manifest: whole.manifest } : {};
    return ports.registrations.reject({ ...candidate, uploadHash, rejection, rootDigest: digest, ...declared });
  }
};

/** Registers objects that belong together, if they are whole, or rejects them. */
export const registerFound = async (upload: Upload, ports: RegisterUploadPorts): Promise<Outcome> => {
  const before = await ports.registrations.findUpload(upload.candidate.uploadHash);
  if (before !== undefined) return { outcome: 'duplicate', version: before };
  try {
    const contents = await openUpload(upload.kind, upload.objects, ports);
    const { policy } = await ports.policies.policy(upload.candidate.model);
    const needs = needsSignature(policy) ? [SIGNATURE_FILE] : [];
    const whole = await assessUpload(contents, { maxFileBytes: ports.maxFileBytes, needs });
    if ('missing' in whole) return { outcome: 'waiting', missing: whole.missing };
    return await registerWhole(upload, contents, whole, policy, ports);
  } catch (error) {
    if (!(error instanceof UploadRejected)) throw error;
    const { rejection } = error;
    const uploadHash = rejectionHashOf(upload, rejection);
    return ports.registrations.reject({ ...upload.candidate, rejection, uploadHash });
  }
};

/** When the wait of a folder ends: it begins anew with every file. */
const dueAtOf = (objects: readonly UploadObject[], { now, incompleteAfter }: RegisterUploadPorts): number => {
  const times = objects.map(({ putAt }) => putAt).filter(Number.isFinite);
  return (times.length > 0 ? Math.max(...times) : now()) + durationMs(incompleteAfter);
};

interface Found extends Upload {
  readonly dueAt: number;
}

/** The upload that a key belongs to, by what lies in the bucket now. */
export const findUpload = async (
  bucket: string,
  key: string,
  ports: RegisterUploadPorts,
): Promise<Found | { readonly reason: string }> => {
  const place = parseInboxKey(key);
  if (place.kind === 'ignored') return { reason: place.reason };
  const { model, kind, prefix } = place;
  const alone = kind === 'file' ? await ports.uploads.find(key, place.path) : undefined;
  const objects = kind === 'file' ? (alone ? [alone] : []) : await ports.uploads.list(prefix, MAX_FILES + 1);
  if (objects.length === 0) return { reason: 'the upload is no longer there' };
  const uploadHash = sha256(JSON.stringify([bucket, ...pinsOf(objects)]));
  const source = { bucket, key: kind === 'file' ? key : prefix, id: uploadHash };
  const hand = await uploaderOf(place, bucket, objects, ports);
  const waits = kind === 'file' ? {} : { waits: { prefix } };
  const candidate = { model, source, at: ports.now(), uploadHash, ...hand, ...waits };
  return { kind, candidate, objects, dueAt: dueAtOf(objects, ports) };
};

/**
 * Registers the upload that an object belongs to, once it is whole. Events may come twice, late and out of order: the
 * upload is judged by what lies in the bucket now, and registered under a hash of exactly that.
 */
export const registerUpload = async (
  bucket: string,
  key: string,
  ports: RegisterUploadPorts,
): Promise<RegisterUploadResult> => {
  const upload = await findUpload(bucket, key, ports);
  if ('reason' in upload) return { outcome: 'ignored', reason: upload.reason };
  const result = await registerFound(upload, ports);
  const { model, source } = upload.candidate;
  if (result.outcome !== 'waiting') return { model, ...result };
  const { missing } = result;
  await ports.waiting.note({ model, bucket, prefix: source.key, dueAt: upload.dueAt, missing });
  return result;
};
