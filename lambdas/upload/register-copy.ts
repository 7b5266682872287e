import { InvalidInput, UpstreamFailed } from '../kernel/errors';
import {
  type AcceptedVersion,
  MAX_DATASETS,
  type Manifest,
  type ModelVersion,
  type Policy,
  type TrainingRun,
} from '../registry/contract';
import { trainingOf } from '../registry/domain/training';
import { parentOf, textOf } from '../registry/domain/version-flags';
import { type CopyRequest, MODELS_PREFIX, type RegisterAnswer } from './contract';
import { type Acceptance, acceptHosted, missingFiles } from './domain/accept-upload';
import { demandedFiles } from './domain/demanded-files';
import { MANIFEST } from './domain/read-manifest';
import { MLMODEL } from './domain/read-mlmodel';
import { checkRecordSize } from './domain/record-size';
import { UploadRejected } from './domain/rejected';
import { describeFile, SIGNATURE_FILE } from './domain/root-digest';
import type { SignedFile } from './domain/signing/signed-parts';
import { sha256 } from './find-upload';
import type { Candidate, Registered, RegisteredFiles, Versions } from './ports';
import { type RegisterUploadPorts, signingOf } from './register-upload';

export type RegisterCopyPorts = Pick<
  RegisterUploadPorts,
  'artifacts' | 'registrations' | 'policies' | 'now' | 'hosting'
> & { readonly versions: Versions; readonly registered: RegisteredFiles };

const accepted = async ({ copyOf }: CopyRequest, { versions }: RegisterCopyPorts): Promise<AcceptedVersion> => {
  const found = await versions.findVersion(copyOf.model, copyOf.version);
  if (found === undefined) throw new InvalidInput(`model ${copyOf.model} has no version ${copyOf.version}`);
  if (found.status !== 'REJECTED') return found;
  throw new InvalidInput(
    `version ${found.version} of ${found.model} was rejected and has no files to copy: ${found.rejection.message}`,
  );
};

type Dataset = ReturnType<typeof trainingOf>['datasets'][number];

/** What the version and all that it was made from were trained on, each once: in another model it has no ancestors. */
const datasetsBehind = async (version: AcceptedVersion, { versions }: RegisterCopyPorts): Promise<Dataset[]> => {
  const found = new Map<string, Dataset>();
  // An ancestor that was rejected was trained from all the same.
  for (let at: ModelVersion | undefined = version; at !== undefined; ) {
    for (const dataset of trainingOf(at).datasets) {
      const key = textOf(dataset);
      if (!found.has(key)) found.set(key, dataset);
    }
    if (found.size > MAX_DATASETS)
      throw new InvalidInput(
        `version ${version.version} of ${version.model} and what it was made from rest on more than ${MAX_DATASETS} datasets, which is as many as a version may name; upload it to the other model, and name what they were joined into`,
      );
    const parent = parentOf(at);
    at = parent === undefined ? undefined : await versions.findVersion(version.model, parent);
  }
  return [...found.values()];
};

/** What a copy was made from: said by its run where that says it of the source, else declared. */
interface Made {
  readonly manifest: Manifest;
  readonly run?: TrainingRun;
}

/** `training.parent` is a number of the other model, and means nothing in this one. */
const madeFrom = async (source: AcceptedVersion, ports: RegisterCopyPorts): Promise<Made> => {
  const { parent: _, ...training } = source.manifest.training ?? { datasets: [] };
  const datasets = await datasetsBehind(source, ports);
  const { training: __, ...manifest } = source.manifest;
  const { run } = source;
  const isSilent = Object.keys(training).length === 1;
  if (run !== undefined && trainingOf(source).fromRun?.includes('datasets'))
    return { manifest: isSilent ? manifest : { ...manifest, training }, run: { ...run, datasets } };
  const declared = isSilent && datasets.length === 0 ? manifest : { ...manifest, training: { ...training, datasets } };
  return { manifest: declared, ...(run ? { run } : {}) };
};

const acceptanceOf = (
  { runtime, signature, rootDigest }: AcceptedVersion,
  manifest: Manifest,
  model: string,
  { hosting }: RegisterCopyPorts,
): Acceptance =>
  runtime.kind === 'sagemaker' ? acceptHosted(manifest, hosting, model, rootDigest) : { runtime, signature, manifest };

/** One file after the other, as a model may be as large as memory; what a signature is checked against is kept. */
const copyFiles = async (
  source: AcceptedVersion,
  artifactPrefix: string,
  { artifacts, registered }: RegisterCopyPorts,
): Promise<SignedFile[]> => {
  const isSigned = source.files.some(({ path }) => path === SIGNATURE_FILE);
  const copied: SignedFile[] = [];
  for (const file of source.files) {
    const bytes = await registered.read(source.artifactPrefix + file.path);
    if (describeFile(file.path, bytes).sha256 !== file.sha256)
      throw new UpstreamFailed(
        `${file.path} of version ${source.version} of ${source.model} is not what was registered`,
      );
    await artifacts.put(artifactPrefix + file.path, bytes, file.sha256);
    copied.push({ file, bytes: isSigned ? bytes : new Uint8Array() });
  }
  return copied;
};

/** That a signature covers all that a version is made of was seen when its source was registered: these paths are on record. */
const readPathsOf = ({ manifest, runtime }: AcceptedVersion): string[] => [
  MANIFEST,
  MLMODEL,
  ...missingFiles(manifest, new Set()),
  ...(runtime.kind === 'onnx' ? [runtime.file] : []),
];

const checkSigned = (policy: Policy, manifest: Manifest, { model, version, files }: AcceptedVersion, copy: string) => {
  const lacks = demandedFiles(policy, manifest).filter((path) => !files.some((file) => file.path === path));
  if (lacks.length > 0)
    throw new InvalidInput(
      `the policy of ${copy} demands ${lacks.join(', ')}, which version ${version} of ${model} was registered without; sign the model, and upload it to ${copy}`,
    );
};

const register = async (
  source: AcceptedVersion,
  candidate: Candidate,
  { copyOf }: CopyRequest,
  ports: RegisterCopyPorts,
): Promise<Registered> => {
  const { rootDigest, files } = source;
  const { model, at } = candidate;
  const { manifest, run } = await madeFrom(source, ports);
  const { policy } = await ports.policies.policy(model);
  checkSigned(policy, manifest, source, model);
  const acceptance = acceptanceOf(source, manifest, model, ports);
  const artifactPrefix = `${MODELS_PREFIX}${model}/${rootDigest}/`;
  const made = { ...(run ? { run } : {}), copiedFrom: copyOf };
  const facts = { ...candidate, ...made, ...acceptance, rootDigest, files, artifactPrefix };
  checkRecordSize(facts);
  const copied = await copyFiles(source, artifactPrefix, ports);
  const signing = await signingOf(copied, { signing: policy.signing, read: readPathsOf(source), at });
  return ports.registrations.register({ ...facts, signing });
};

/** Nothing is recorded of a copy that cannot be: whoever asks waits for the answer, and what is in the way may be mended. */
const registerOrRefuse = async (...[source, candidate, request, ports]: Parameters<typeof register>) => {
  try {
    return await register(source, candidate, request, ports);
  } catch (error) {
    if (error instanceof UploadRejected) throw new InvalidInput(error.rejection.message, { cause: error });
    throw error;
  }
};

/**
 * Registers a version's bytes as a version of another model, which evaluates and approves it anew. They are the registry's own
 * copy, checked on the way; bytes that the other model has already are the version that they are there.
 * @throws InvalidInput when there is no such version, it was rejected, or the other model cannot take it
 */
export const registerCopy = async (request: CopyRequest, ports: RegisterCopyPorts): Promise<RegisterAnswer> => {
  const { model, copyOf, actor } = request;
  const source = await accepted(request, ports);
  const names = [copyOf.model, model].map((name) => name.toLowerCase());
  const uploadHash = sha256(JSON.stringify(['copy', ...names, copyOf.version]));
  const place = { bucket: ports.registered.bucket, key: source.artifactPrefix, id: uploadHash };
  const candidate = { model, source: place, at: ports.now(), uploadHash, uploader: actor };
  const before = await ports.registrations.findUpload(uploadHash);
  const result =
    before === undefined
      ? await registerOrRefuse(source, candidate, request, ports)
      : { outcome: 'duplicate' as const, version: before };
  const { outcome, version } = result;
  if (outcome === 'registered') return { outcome, version };
  const rejection = await ports.registrations.findRejection(model, version);
  return { outcome: 'known', version, ...(rejection ? { rejection } : {}) };
};
