import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { type AcceptedVersion, type ArtifactFile, type Manifest, modelNameSchema } from '../lambdas/registry/contract';
import type { ArtifactReader, ModelSnapshot, RegistryReader } from '../lambdas/scoring/ports';
import { graphPathOf } from '../lambdas/scoring/session-cache';
import { acceptOnnx, missingFiles, modelFileOf } from '../lambdas/upload/domain/accept-upload';
import { emptyManifest, MANIFEST, readManifest } from '../lambdas/upload/domain/read-manifest';
import { UploadRejected } from '../lambdas/upload/domain/rejected';
import { describeFile, rootDigest } from '../lambdas/upload/domain/root-digest';

/** What somebody who starts a server can mend. */
export class ModelUnreadable extends Error {}

/** A model in a folder of this machine: its only version. */
export interface LocalModel {
  readonly version: AcceptedVersion;
  /** Path of the folder its files are relative to. */
  readonly folder: string;
}

const MAX_FILES = 1000;

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !basename(path).startsWith('.') && statSync(join(folder, path)).isFile())
    .map((path) => path.replaceAll('\\', '/'))
    .sort();

interface Source {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly manifest: Manifest;
  readonly graph: string;
}

const sourceOf = (path: string): Source => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new ModelUnreadable(`there is no ${path}; name a model's folder or .onnx file`);
  if (stats.isFile()) {
    const graph = basename(path);
    return { folder: dirname(path), paths: [graph], manifest: emptyManifest(), graph };
  }
  const paths = filesIn(path);
  if (paths.length > MAX_FILES)
    throw new ModelUnreadable(`${path} holds ${paths.length} files; name the model's own folder`);
  const manifest = paths.includes(MANIFEST)
    ? readManifest(readFileSync(join(path, MANIFEST), 'utf8'))
    : emptyManifest();
  if (manifest.runtime !== 'onnx')
    throw new ModelUnreadable(`${path} says runtime: ${manifest.runtime}; ONNX models are served here`);
  const missing = missingFiles(manifest, new Set(paths));
  if (missing.length > 0) throw new ModelUnreadable(`${path} lacks ${missing.join(', ')}, which its ${MANIFEST} names`);
  const graph = modelFileOf(manifest, paths);
  if (graph === undefined) throw new ModelUnreadable(`${path} holds no .onnx file`);
  return { folder: path, paths, manifest, graph };
};

const nameOf = (name: string): string => {
  const parsed = modelNameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new ModelUnreadable(`"${name}" cannot name a model: ${parsed.error.issues[0]?.message}; say <name>=<path>`);
};

const read = (name: string, path: string): LocalModel => {
  const { folder, paths, manifest, graph } = sourceOf(resolve(path));
  const bytes = readFileSync(join(folder, graph));
  const accepted = acceptOnnx(manifest, graph, bytes);
  const files = paths.map((file) => describeFile(file, file === graph ? bytes : readFileSync(join(folder, file))));
  const model = nameOf(name);
  const digest = rootDigest(files);
  return {
    folder,
    version: {
      status: 'REGISTERED',
      model,
      version: 1,
      registeredAt: 0,
      uploader: { kind: 'platform', id: 'serve' },
      source: { bucket: 'file', key: folder, id: digest },
      generation: 0,
      rootDigest: digest,
      files,
      artifactPrefix: `models/${model}/${digest}/`,
      runtime: accepted.runtime,
      signature: accepted.signature,
      manifest: accepted.manifest,
    },
  };
};

/**
 * Reads a model from `<path>` or `<name>=<path>`; its name is by default that of the folder or file.
 * @throws ModelUnreadable with what to change
 */
export const readLocalModel = (argument: string): LocalModel => {
  const [, named, path = argument] = /^([^=/]+)=(.+)$/.exec(argument) ?? [];
  const file = basename(resolve(path));
  const name = named ?? (extname(file) === '.onnx' ? basename(file, '.onnx') : file);
  try {
    return read(name, path);
  } catch (cause) {
    if (cause instanceof UploadRejected) throw new ModelUnreadable(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
};

const snapshotOf = ({ version }: LocalModel): ModelSnapshot => ({
  model: version.model,
  access: 'open',
  grants: [],
  route: {
    mode: 'champion',
    model: version.model,
    generation: 0,
    changedAt: 0,
    champion: { version: version.version, rootDigest: version.rootDigest },
  },
  champion: version,
  challenger: undefined,
});

/** Models of this machine as a registry: each is its own champion. */
export class LocalModels implements RegistryReader, ArtifactReader {
  private readonly byName: ReadonlyMap<string, LocalModel>;
  private readonly snapshots: ReadonlyMap<string, ModelSnapshot>;

  constructor(readonly models: readonly LocalModel[]) {
    this.byName = new Map(models.map((model) => [model.version.model, model]));
    if (this.byName.size < models.length)
      throw new ModelUnreadable('two models have the same name; give each its own: <name>=<path>');
    this.snapshots = new Map(models.map((model) => [model.version.model, snapshotOf(model)]));
  }

  async readModel(model: string): Promise<ModelSnapshot | undefined> {
    return this.snapshots.get(model);
  }

  async readGraph(version: AcceptedVersion): Promise<Uint8Array> {
    return readFileSync(this.pathOf(version));
  }

  async readFile(version: AcceptedVersion, file: ArtifactFile): Promise<Uint8Array> {
    return readFileSync(this.pathOf(version, file.path));
  }

  async copyGraph(version: AcceptedVersion, path: string): Promise<void> {
    copyFileSync(this.pathOf(version), path);
  }

  private pathOf(version: AcceptedVersion, path = graphPathOf(version)): string {
    return join(this.byName.get(version.model)?.folder ?? '', path);
  }
}
