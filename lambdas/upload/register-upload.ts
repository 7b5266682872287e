import type { Manifest, ModelSigning, Policy, Rejection } from '../registry/contract';
import { assessUpload, type Contents, lackedByGraph, type UploadFile, type Whole } from './assess-upload';
import { MODELS_PREFIX } from './contract';
import { acceptHosted, acceptOnnx, type Hosting, missingFiles } from './domain/accept-upload';
import { checkAnnounced, NotAsAnnounced, notArrived } from './domain/announced';
import { demandedFiles } from './domain/demanded-files';
import { MANIFEST } from './domain/read-manifest';
import { MLMODEL } from './domain/read-mlmodel';
import { checkRecordSize, isRecordable } from './domain/record-size';
import { UploadRejected } from './domain/rejected';
import { describeFile, rootDigest, SIGNATURE_FILE } from './domain/root-digest';
import type { SignedFile } from './domain/signing/signed-parts';
import { lackedBySignature, type SignatureContext, verifySignature } from './domain/verify-signature';
import { type FindUploadPorts, findUpload, sha256, type Upload } from './find-upload';
import { type OpenUploadPorts, openUpload } from './open-upload';
import type { Artifacts, Policies, Registered, Registrations, Uploads, WaitingUploads } from './ports';

export interface RegisterUploadPorts extends OpenUploadPorts, FindUploadPorts {
  readonly uploads: Uploads;
  readonly artifacts: Artifacts;
  readonly registrations: Registrations;
  readonly policies: Policies;
  readonly waiting: WaitingUploads;
  readonly hosting: Hosting;
}

/** `waiting`: the upload is not whole yet; a later event will find it so. */
type Outcome = { readonly outcome: 'waiting'; readonly missing: readonly string[] } | Registered;

/** What became of an `Object Created`. */
export type RegisterUploadResult =
  | { readonly outcome: 'ignored'; readonly reason: string }
  | Extract<Outcome, { outcome: 'waiting' }>
  | ({ readonly model: string } & Registered);

/** Faults for which a folder is done with: what else still arrives in it changes nothing. */
const UNSERVABLE: ReadonlySet<string> = new Set(['executable', 'no-onnx-flavor']);

/**
 * What a rejection is about: what is whole as it is; of a folder what describes it and its model, or the file that was too
 * much, so that a file which arrives after the fault was found does not make a second rejected version.
 */
const rejectionHashOf = ({ kind, candidate, objects }: Upload, { code, message }: Rejection, modelFile?: string) => {
  if (kind !== 'folder') return candidate.uploadHash;
  const { bucket, key } = candidate.source;
  if (UNSERVABLE.has(code)) return sha256(JSON.stringify([bucket, key, 'unservable']));
  const judged = objects.filter(({ path }) => [MANIFEST, MLMODEL, SIGNATURE_FILE, modelFile].includes(path));
  const about = code === 'too-large' ? message : judged.map(({ path, id }) => [path, id]);
  return sha256(JSON.stringify([bucket, key, code, about]));
};

const readAll = (files: readonly UploadFile[]): Promise<SignedFile[]> =>
  Promise.all(
    files.map(async ({ path, read }) => {
      const bytes = await read();
      return { bytes, file: describeFile(path, bytes) };
    }),
  );

const acceptanceOf = (
  { manifest, modelFile, mlmodel }: Whole,
  files: readonly SignedFile[],
  digest: string,
  { hosting, model }: { readonly hosting: Hosting; readonly model: string },
) => {
  if (modelFile === undefined) return { ...acceptHosted(manifest, hosting, model, digest), externalFiles: [] };
  const graph = files.find((candidate) => candidate.file.path === modelFile);
  return acceptOnnx(manifest, modelFile, graph?.bytes ?? new Uint8Array(), mlmodel);
};

/** What a version is made of besides what lies about in its folder. */
const readPathsOf = ({ manifest, modelFile, mlmodel }: Whole, externalFiles: readonly string[]): string[] => [
  MANIFEST,
  MLMODEL,
  ...(modelFile === undefined ? [] : [modelFile]),
  ...missingFiles(manifest, new Set()),
  ...(mlmodel?.files ?? []),
  ...externalFiles,
];

/** What the version's `model.sig` says, if it has one. @throws UploadRejected `bad-signature` */
export const signingOf = async (files: readonly SignedFile[], context: SignatureContext): Promise<ModelSigning> => {
  const signature = files.find(({ file }) => file.path === SIGNATURE_FILE);
  if (signature === undefined) return { status: 'unsigned' };
  return verifySignature(Buffer.from(signature.bytes).toString('utf8'), files, context);
};

/** What model.sig names may still come to a folder. */
const signedToCome = ({ kind }: Contents, files: readonly SignedFile[]): string[] => {
  const signature = files.find(({ file }) => file.path === SIGNATURE_FILE);
  if (kind !== 'folder' || signature === undefined) return [];
  const paths = files.map(({ file }) => file.path);
  return lackedBySignature(Buffer.from(signature.bytes).toString('utf8'), paths);
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
    const missing = [
      ...lackedByGraph(contents, whole.modelFile ?? '', externalFiles),
      ...signedToCome(contents, files),
    ];
    if (missing.length > 0) return { outcome: 'waiting', missing };
    const artifactPrefix = `${MODELS_PREFIX}${model}/${digest}/`;
    const accepted = { ...candidate, ...acceptance, rootDigest: digest, files: described, artifactPrefix };
    const read = readPathsOf(whole, externalFiles);
    const signing = await signingOf(files, { signing: policy.signing, read, at: candidate.at });
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

/** Reads objects, and takes nothing else for what was announced. */
const announcedReads = ({ announced }: Upload, uploads: Uploads): Uploads => ({
  list: (prefix, limit) => uploads.list(prefix, limit),
  find: (key, path) => uploads.find(key, path),
  read: async (object) => {
    const bytes = await uploads.read(object);
    checkAnnounced(announced, object.path, bytes);
    return bytes;
  },
});

const judge = async (upload: Upload, ports: RegisterUploadPorts): Promise<Outcome> => {
  const uploads = announcedReads(upload, ports.uploads);
  const contents = await openUpload(upload.kind, upload.objects, { ...ports, uploads });
  const { policy } = await ports.policies.policy(upload.candidate.model);
  const needs = (manifest: Manifest) => demandedFiles(policy, manifest);
  const whole = await assessUpload(contents, { maxFileBytes: ports.maxFileBytes, needs });
  if ('missing' in whole) return { outcome: 'waiting', missing: whole.missing };
  return registerWhole(upload, contents, whole, policy, ports);
};

/** Registers objects that belong together, if they are whole, or rejects them. */
export const registerFound = async (upload: Upload, ports: RegisterUploadPorts): Promise<Outcome> => {
  const before = await ports.registrations.findUpload(upload.candidate.uploadHash);
  if (before !== undefined) return { outcome: 'duplicate', version: before };
  const missing = notArrived(upload.announced, upload.objects);
  if (missing.length > 0) return { outcome: 'waiting', missing };
  try {
    return await judge(upload, ports);
  } catch (error) {
    if (error instanceof NotAsAnnounced) return { outcome: 'waiting', missing: [error.missing] };
    if (!(error instanceof UploadRejected)) throw error;
    const { rejection } = error;
    const uploadHash = rejectionHashOf(upload, rejection);
    return ports.registrations.reject({ ...upload.candidate, rejection, uploadHash });
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
  const upload = await findUpload(bucket, key, ports);
  if ('reason' in upload) return { outcome: 'ignored', reason: upload.reason };
  const result = await registerFound(upload, ports);
  const { model, source } = upload.candidate;
  if (result.outcome !== 'waiting') return { model, ...result };
  const { missing } = result;
  await ports.waiting.note({ model, bucket, prefix: source.key, dueAt: upload.dueAt, missing });
  return result;
};
