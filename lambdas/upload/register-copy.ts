import { InvalidInput, UpstreamFailed } from '../kernel/errors';
import type { AcceptedVersion, Manifest, ModelVersion } from '../registry/contract';
import { parentOf, textOf } from '../registry/domain/version-flags';
import { type CopyRequest, MODELS_PREFIX, type RegisterAnswer } from './contract';
import { type Acceptance, acceptHosted } from './domain/accept-upload';
import { checkRecordSize } from './domain/record-size';
import { UploadRejected } from './domain/rejected';
import { describeFile, SIGNATURE_FILE } from './domain/root-digest';
import type { Candidate, RegisteredFiles, Versions } from './ports';
import { type RegisterUploadPorts, sha256, signingOf } from './register-upload';

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

type Dataset = NonNullable<Manifest['training']>['datasets'][number];

/** What the version and all that it was made from were trained on, each once: in another model it has no ancestors. */
const datasetsBehind = async (version: AcceptedVersion, { versions }: RegisterCopyPorts): Promise<Dataset[]> => {
  const found = new Map<string, Dataset>();
  for (let at: ModelVersion | undefined = version; at !== undefined && at.status !== 'REJECTED'; ) {
    for (const { name, sha256: digest, ...rest } of at.manifest.training?.datasets ?? []) {
      const dataset = { name, ...(digest === undefined ? {} : { sha256: digest }), ...rest };
      const key = textOf(dataset);
      if (!found.has(key)) found.set(key, dataset);
    }
    const parent = parentOf(at);
    at = parent === undefined ? undefined : await versions.findVersion(version.model, parent);
  }
  return [...found.values()];
};

/** `training.parent` is a number of the other model, and means nothing in this one. */
const manifestOf = async (source: AcceptedVersion, ports: RegisterCopyPorts): Promise<Manifest> => {
  const { parent: _, ...training } = source.manifest.training ?? { datasets: [] };
  const datasets = await datasetsBehind(source, ports);
  const isSilent = Object.keys(training).length === 1 && datasets.length === 0;
  const { training: __, ...manifest } = source.manifest;
  return isSilent ? manifest : { ...manifest, training: { ...training, datasets } };
};

const acceptanceOf = (
  { runtime, signature, rootDigest }: AcceptedVersion,
  manifest: Manifest,
  model: string,
  { hosting }: RegisterCopyPorts,
): Acceptance =>
  runtime.kind === 'sagemaker' ? acceptHosted(manifest, hosting, model, rootDigest) : { runtime, signature, manifest };

/** One file after the other: a model may be as large as memory. @returns the file with the model's signature, if there is one */
const copyFiles = async (
  source: AcceptedVersion,
  artifactPrefix: string,
  { artifacts, registered }: RegisterCopyPorts,
): Promise<Uint8Array> => {
  let signature = new Uint8Array();
  for (const { path, sha256: digest } of source.files) {
    const bytes = await registered.read(source.artifactPrefix + path);
    if (describeFile(path, bytes).sha256 !== digest)
      throw new UpstreamFailed(`${path} of version ${source.version} of ${source.model} is not what was registered`);
    await artifacts.put(artifactPrefix + path, bytes, digest);
    if (path === SIGNATURE_FILE) signature = new Uint8Array(bytes);
  }
  return signature;
};

const register = async (
  source: AcceptedVersion,
  candidate: Candidate,
  { copyOf }: CopyRequest,
  ports: RegisterCopyPorts,
) => {
  const { rootDigest, files } = source;
  const { model } = candidate;
  const declared = await manifestOf(source, ports);
  try {
    const acceptance = acceptanceOf(source, declared, model, ports);
    const artifactPrefix = `${MODELS_PREFIX}${model}/${rootDigest}/`;
    const facts = { ...candidate, ...acceptance, rootDigest, files, artifactPrefix, copiedFrom: copyOf };
    checkRecordSize(facts);
    const bytes = await copyFiles(source, artifactPrefix, ports);
    const { policy } = await ports.policies.policy(model);
    const read = files.map((file) => ({ file, bytes: file.path === SIGNATURE_FILE ? bytes : new Uint8Array() }));
    return await ports.registrations.register({ ...facts, signing: signingOf(read, policy) });
  } catch (error) {
    if (!(error instanceof UploadRejected)) throw error;
    return ports.registrations.reject({ ...candidate, rejection: error.rejection, rootDigest, manifest: declared });
  }
};

/**
 * Registers a version's bytes as a version of another model, which evaluates and approves it anew. They are the registry's own
 * copy, checked on the way; bytes that the other model has already are the version that they are there.
 * @throws InvalidInput when there is no such version, or it was rejected
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
      ? await register(source, candidate, request, ports)
      : { outcome: 'duplicate' as const, version: before };
  const { outcome, version } = result;
  if (outcome === 'registered') return { outcome, version };
  const rejection = await ports.registrations.findRejection(model, version);
  if (outcome === 'rejected' && rejection) return { outcome, version, rejection };
  return { outcome: 'known', version, ...(rejection ? { rejection } : {}) };
};
