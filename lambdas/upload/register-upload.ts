import { createHash } from 'node:crypto';
import type { Actor, ArtifactFile, Manifest, Rejection } from '../registry/contract';
import { MAX_FILES } from './contract';
import { acceptHosted, acceptOnnx, type Hosting, missingFiles, modelFileOf } from './domain/accept-upload';
import { type InboxKey, parseInboxKey, slotOf } from './domain/inbox-key';
import { emptyManifest, MANIFEST, readManifest } from './domain/read-manifest';
import { checkRecordSize, isRecordable } from './domain/record-size';
import { refuseExecutable } from './domain/refuse-executable';
import { UploadRejected } from './domain/rejected';
import { describeFile, rootDigest } from './domain/root-digest';
import type { Artifacts, Candidate, Registered, Registrations, UploadObject, Uploads } from './ports';

export interface RegisterUploadPorts {
  readonly uploads: Uploads;
  readonly artifacts: Artifacts;
  readonly registrations: Registrations;
  readonly now: () => number;
  /** Bytes. */
  readonly maxFileBytes: number;
  readonly hosting: Hosting;
}

/** What became of an `Object Created`. `waiting`: the upload is not whole yet; a later event will find it so. */
export type RegisterUploadResult =
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'waiting'; readonly missing: readonly string[] }
  | ({ readonly model: string } & Registered);

type Upload = Exclude<InboxKey, { kind: 'ignored' }>;

/** Far above any manifest that a person writes. */
const MAX_MANIFEST_BYTES = 262_144;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const uploadHashOf = (bucket: string, objects: readonly UploadObject[]): string =>
  sha256(JSON.stringify([bucket, ...objects.map((object) => [object.key, object.id])]));

/**
 * What a rejection is about: a lone file as it is; of a folder its manifest and its model, or the file that was too much,
 * so that a file which arrives after the fault was found does not make a second rejected version.
 */
const rejectionHashOf = (
  upload: Upload,
  candidate: Candidate,
  objects: readonly UploadObject[],
  { code, message }: Rejection,
  modelFile?: string,
): string => {
  if (upload.kind === 'file') return candidate.uploadHash;
  const judged = objects.filter(({ path }) => path === MANIFEST || path === modelFile);
  const about = code === 'too-large' || code === 'executable' ? message : judged.map(({ path, id }) => [path, id]);
  return sha256(JSON.stringify([candidate.source.bucket, upload.prefix, code, about]));
};

/**
 * Whose hand it was. A slot vouches for what was put while it was open; when the event of that is processed says nothing,
 * for the queue tries again for hours, and dead letters come back after days.
 */
const uploaderOf = async (
  upload: Upload,
  bucket: string,
  objects: readonly UploadObject[],
  ports: RegisterUploadPorts,
): Promise<{ uploader: Actor; slot?: string }> => {
  const unknown = { uploader: { kind: 'unknown' as const, id: `s3://${bucket}` } };
  const slotId = upload.kind === 'folder' ? slotOf(upload.folder) : undefined;
  if (slotId === undefined) return unknown;
  const slot = await ports.registrations.findSlot(slotId);
  if (slot === undefined || slot.model.toLowerCase() !== upload.model.toLowerCase()) return unknown;
  const inTime = objects.every(({ putAt }) => putAt <= slot.expiresAt);
  return inTime ? { uploader: slot.uploader, slot: slotId } : unknown;
};

/** Sizes are checked before a byte is read. */
const checkSizes = (objects: readonly UploadObject[], limit: number): void => {
  if (objects.length > MAX_FILES)
    throw new UploadRejected(
      'too-large',
      `the upload has more than ${MAX_FILES} files; upload only what the model needs`,
    );
  const tooLarge = objects.find((object) => object.size > limit);
  if (tooLarge)
    throw new UploadRejected(
      'too-large',
      `${tooLarge.path} has ${tooLarge.size} bytes, over the limit of ${limit}; make it smaller, or have the platform's upload.maxFileBytes raised`,
    );
};

const manifestOf = async (
  objects: readonly UploadObject[],
  ports: RegisterUploadPorts,
): Promise<Manifest | undefined> => {
  const object = objects.find((candidate) => candidate.path === MANIFEST);
  if (!object) return undefined;
  if (object.size > MAX_MANIFEST_BYTES)
    throw new UploadRejected(
      'bad-manifest',
      `${MANIFEST} has ${object.size} bytes, over the limit of ${MAX_MANIFEST_BYTES}`,
    );
  return readManifest(Buffer.from(await ports.uploads.read(object)).toString('utf8'));
};

interface Whole {
  readonly manifest: Manifest;
  readonly modelFile: string | undefined;
}

/** The manifest and model file of an upload that is whole; otherwise what it still lacks. */
const assess = async (
  upload: Upload,
  objects: readonly UploadObject[],
  ports: RegisterUploadPorts,
): Promise<Whole | { missing: string[] }> => {
  checkSizes(objects, ports.maxFileBytes);
  refuseExecutable(objects.map(({ path }) => path));
  if (upload.kind === 'file') return { manifest: emptyManifest(), modelFile: upload.path };
  const manifest = await manifestOf(objects, ports);
  if (!manifest) return { missing: [MANIFEST] };
  const paths = objects.map((object) => object.path);
  const missing = missingFiles(manifest, new Set(paths));
  const modelFile = manifest.runtime === 'onnx' ? modelFileOf(manifest, paths) : undefined;
  if (manifest.runtime === 'onnx' && modelFile === undefined) missing.push('an .onnx file');
  return missing.length > 0 ? { missing } : { manifest, modelFile };
};

interface ReadFile {
  readonly file: ArtifactFile;
  readonly bytes: Uint8Array;
}

const readAll = (objects: readonly UploadObject[], ports: RegisterUploadPorts): Promise<ReadFile[]> =>
  Promise.all(
    objects.map(async (object) => {
      const bytes = await ports.uploads.read(object);
      return { bytes, file: describeFile(object.path, bytes) };
    }),
  );

const acceptanceOf = (
  { manifest, modelFile }: Whole,
  files: readonly ReadFile[],
  upload: Upload,
  digest: string,
  hosting: Hosting,
) => {
  if (modelFile === undefined) return { ...acceptHosted(manifest, hosting, upload.model, digest), externalFiles: [] };
  const graph = files.find((candidate) => candidate.file.path === modelFile);
  const accepted = acceptOnnx(manifest, modelFile, graph?.bytes ?? new Uint8Array());
  if (upload.kind === 'file' && accepted.externalFiles.length > 0) {
    throw new UploadRejected(
      'external-data-outside',
      `${modelFile} keeps tensors in ${accepted.externalFiles.join(', ')}, which a lone file cannot bring along; upload a folder with both and a contender.yaml`,
    );
  }
  return accepted;
};

const registerWhole = async (
  candidate: Candidate,
  whole: Whole,
  upload: Upload,
  objects: readonly UploadObject[],
  ports: RegisterUploadPorts,
) => {
  const files = await readAll(objects, ports);
  const described = files.map(({ file }) => file);
  const digest = rootDigest(described);
  try {
    const { externalFiles, ...acceptance } = acceptanceOf(whole, files, upload, digest, ports.hosting);
    const missing = externalFiles.filter((path) => !described.some((file) => file.path === path));
    if (missing.length > 0) return { outcome: 'waiting' as const, missing };
    const artifactPrefix = `models/${upload.model}/${digest}/`;
    const accepted = {
      ...candidate,
      ...acceptance,
      rootDigest: digest,
      files: described,
      artifactPrefix,
    };
    checkRecordSize(accepted);
    await Promise.all(
      files.map(({ file, bytes }) => ports.artifacts.put(artifactPrefix + file.path, bytes, file.sha256)),
    );
    return { model: upload.model, ...(await ports.registrations.register(accepted)) };
  } catch (error) {
    if (!(error instanceof UploadRejected)) throw error;
    const { rejection } = error;
    const uploadHash = rejectionHashOf(upload, candidate, objects, rejection, whole.modelFile);
    const declared = isRecordable(whole.manifest) ? { manifest: whole.manifest } : {};
    const rejected = { ...candidate, uploadHash, rejection, rootDigest: digest, ...declared };
    return { model: upload.model, ...(await ports.registrations.reject(rejected)) };
  }
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
  const upload = parseInboxKey(key);
  if (upload.kind === 'ignored') return { outcome: 'ignored', reason: upload.reason };
  const alone = upload.kind === 'file' ? await ports.uploads.find(key, upload.path) : undefined;
  const objects =
    upload.kind === 'file' ? (alone ? [alone] : []) : await ports.uploads.list(upload.prefix, MAX_FILES + 1);
  const [first] = objects;
  if (!first) return { outcome: 'ignored', reason: 'the upload is no longer there' };
  const uploadHash = uploadHashOf(bucket, objects);
  const before = await ports.registrations.findUpload(uploadHash);
  if (before !== undefined) return { model: upload.model, outcome: 'duplicate', version: before };
  const source = { bucket, key: upload.kind === 'file' ? key : upload.prefix, id: uploadHash };
  const candidate = {
    model: upload.model,
    source,
    at: ports.now(),
    uploadHash,
    ...(await uploaderOf(upload, bucket, objects, ports)),
  };
  try {
    const whole = await assess(upload, objects, ports);
    if ('missing' in whole) return { outcome: 'waiting', missing: whole.missing };
    return await registerWhole(candidate, whole, upload, objects, ports);
  } catch (error) {
    if (!(error instanceof UploadRejected)) throw error;
    const { rejection } = error;
    const rejected = { ...candidate, rejection, uploadHash: rejectionHashOf(upload, candidate, objects, rejection) };
    return { model: upload.model, ...(await ports.registrations.reject(rejected)) };
  }
};
