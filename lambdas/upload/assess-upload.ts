import type { Manifest } from '../registry/contract';
import { MAX_FILES } from './contract';
import { missingFiles, modelFileOf } from './domain/accept-upload';
import { archiveKindOf, isArchive } from './domain/archive-name';
import { emptyManifest, MANIFEST, readManifest } from './domain/read-manifest';
import { MLMODEL, type MlModel, readMlmodel, requirementsOf } from './domain/read-mlmodel';
import { refuseExecutable } from './domain/refuse-executable';
import { MAX_DESCRIPTION_BYTES, UploadRejected, type UploadRejectionCode } from './domain/rejected';

/** A file of an upload, wherever it lies. */
export interface UploadFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  read(): Promise<Uint8Array>;
}

/**
 * What an upload consists of: a graph by itself, which nothing describes; a folder, to which files may still come; one of which
 * all that was announced is there; the files of an archive; or an archive that is kept as it is, with its manifest.
 */
export type Contents = { readonly files: readonly UploadFile[] } & (
  | { readonly kind: 'graph' | 'folder' | 'announced' }
  | { readonly kind: 'archive' | 'hosted-archive'; readonly archive: string }
);

/** What an upload that is whole says of itself. */
export interface Whole {
  readonly manifest: Manifest;
  /** The graph; none of a hosted model. */
  readonly modelFile: string | undefined;
  readonly mlmodel?: MlModel;
}

/** Sizes are checked before a byte is read. */
const checkSizes = (files: readonly UploadFile[], limit: number): void => {
  if (files.length > MAX_FILES)
    throw new UploadRejected(
      'too-large',
      `the upload has more than ${MAX_FILES} files; upload only what the model needs`,
    );
  const tooLarge = files.find((file) => file.size > limit);
  if (tooLarge)
    throw new UploadRejected(
      'too-large',
      `${tooLarge.path} has ${tooLarge.size} bytes, over the limit of ${limit}; make it smaller, or have the platform's upload.maxFileBytes raised`,
    );
};

const textOf = async (
  files: readonly UploadFile[],
  path: string,
  code: UploadRejectionCode,
): Promise<string | undefined> => {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) return undefined;
  if (file.size > MAX_DESCRIPTION_BYTES)
    throw new UploadRejected(code, `${path} has ${file.size} bytes, over the limit of ${MAX_DESCRIPTION_BYTES}`);
  return Buffer.from(await file.read()).toString('utf8');
};

const PYTHON_ENVIRONMENT = /(^|\/)python_env\.yaml$/;

/** What MLmodel names and is not there; MLflow names the requirements in a file that MLmodel names. */
const missingOfMlmodel = async (mlmodel: MlModel, files: readonly UploadFile[]): Promise<string[]> => {
  const environment = mlmodel.files.find((path) => PYTHON_ENVIRONMENT.test(path));
  const text = environment === undefined ? undefined : await textOf(files, environment, 'bad-mlmodel');
  const requirements = text === undefined ? [] : requirementsOf(text, environment ?? '');
  return [...mlmodel.files, ...requirements].filter((path) => !files.some((file) => file.path === path));
};

/** The graph that both name, or the one that either does. */
const graphOf = (manifest: Manifest, mlmodel: MlModel | undefined, paths: readonly string[]): string | undefined => {
  if (mlmodel === undefined) return modelFileOf(manifest, paths);
  if (manifest.model === undefined || manifest.model === mlmodel.data) return mlmodel.data;
  throw new UploadRejected(
    'bad-manifest',
    `${MANIFEST} says model: ${manifest.model}, but ${MLMODEL} says that the onnx flavor's data are ${mlmodel.data}; leave "model:" out`,
  );
};

/** What is whole needs no description if it has a graph. An archive without one is for SageMaker, which cannot be served without being told how. */
const undescribed = (contents: Contents): Manifest | undefined => {
  if (contents.kind !== 'archive' && contents.kind !== 'announced') return undefined;
  const { files } = contents;
  if (files.some(({ path }) => path.endsWith('.onnx'))) return emptyManifest();
  if (!('archive' in contents))
    throw new UploadRejected(
      'no-model-file',
      `the upload holds no .onnx file, ${MANIFEST} or ${MLMODEL}; upload the model's folder whole`,
    );
  const { archive } = contents;
  if (archiveKindOf(archive) === 'zip')
    throw new UploadRejected(
      'no-model-file',
      `${archive} holds no .onnx file, ${MANIFEST} or ${MLMODEL}; pack the model's folder`,
    );
  throw new UploadRejected(
    'no-endpoint',
    `${archive} holds no .onnx file, and is taken for an artifact of SageMaker; add a ${MANIFEST} to it with "runtime: sagemaker", the "inputs:" that the model takes, in order, and "endpoint:" or "container:" with the image to host it in; or export the model as ONNX`,
  );
};

const refuseNested = (archive: string, paths: readonly string[]): void => {
  const nested = paths.find(isArchive);
  if (nested === undefined) return;
  throw new UploadRejected(
    'unsafe-archive',
    `${archive} holds ${nested}, an archive in an archive, which is not unpacked; pack its files themselves`,
  );
};

const describedBy = async (contents: Contents) => {
  const { files } = contents;
  const paths = files.map(({ path }) => path);
  const mlmodelText = await textOf(files, MLMODEL, 'bad-mlmodel');
  const mlmodel = mlmodelText === undefined ? undefined : readMlmodel(mlmodelText);
  const text = await textOf(files, MANIFEST, 'bad-manifest');
  const none = text === undefined && mlmodel === undefined ? undescribed(contents) : undefined;
  refuseExecutable(paths);
  if (contents.kind === 'archive') refuseNested(contents.archive, paths);
  const manifest = text === undefined ? ((mlmodel && emptyManifest()) ?? none) : readManifest(text);
  return { manifest, ...(mlmodel ? { mlmodel } : {}) };
};

/** The archive is what its manifest describes, by whatever name it was uploaded. */
const hostedIn = (archive: string, manifest: Manifest): Manifest => {
  if (manifest.model === undefined || manifest.model === archive) return { ...manifest, model: archive };
  throw new UploadRejected(
    'bad-manifest',
    `${MANIFEST} in ${archive} says model: ${manifest.model}, but the model is the archive itself; leave "model:" out`,
  );
};

interface Described {
  readonly manifest: Manifest | undefined;
  readonly mlmodel?: MlModel;
}

const describe = async (contents: Contents): Promise<Described> => {
  if (contents.kind === 'graph') {
    refuseExecutable(contents.files.map(({ path }) => path));
    return { manifest: emptyManifest() };
  }
  const described = await describedBy(contents);
  if (contents.kind !== 'hosted-archive' || !described.manifest) return described;
  return { manifest: hostedIn(contents.archive, described.manifest) };
};

/** To what is whole nothing can be added: what it lacks is a fault. */
const lacking = (contents: Contents, missing: readonly string[]): { missing: string[] } => {
  if (contents.kind === 'folder') return { missing: [...new Set(missing)] };
  throw new UploadRejected(
    'incomplete',
    `${'archive' in contents ? contents.archive : 'the upload'} lacks ${[...new Set(missing)].join(', ')}; ${'archive' in contents ? 'pack' : 'upload'} everything that ${MANIFEST} or ${MLMODEL} names`,
  );
};

/** @param needs files that the policy wants of such a manifest, whatever names them. @returns what an upload that is whole says of itself; otherwise what it still lacks. @throws UploadRejected */
export const assessUpload = async (
  contents: Contents,
  { maxFileBytes, needs }: { readonly maxFileBytes: number; readonly needs: (manifest: Manifest) => readonly string[] },
): Promise<Whole | { missing: string[] }> => {
  const { files } = contents;
  checkSizes(files, maxFileBytes);
  const paths = files.map(({ path }) => path);
  const { manifest, mlmodel } = await describe(contents);
  if (!manifest) return lacking(contents, [`${MANIFEST} or ${MLMODEL}`]);
  const missing = [
    ...missingFiles(manifest, new Set(paths)),
    ...needs(manifest).filter((path) => !paths.includes(path)),
  ];
  if (mlmodel) missing.push(...(await missingOfMlmodel(mlmodel, files)));
  const modelFile = manifest.runtime === 'onnx' ? graphOf(manifest, mlmodel, paths) : undefined;
  if (manifest.runtime === 'onnx' && modelFile === undefined) missing.push('an .onnx file');
  if (missing.length > 0) return lacking(contents, missing);
  return { manifest, modelFile, ...(mlmodel ? { mlmodel } : {}) };
};

/** What the graph names beside itself, and the upload lacks. @throws UploadRejected where nothing can come any more */
export const lackedByGraph = (contents: Contents, graph: string, externalFiles: readonly string[]): string[] => {
  const missing = externalFiles.filter((path) => !contents.files.some((file) => file.path === path));
  if (missing.length === 0) return [];
  if (contents.kind === 'graph')
    throw new UploadRejected(
      'external-data-outside',
      `${graph} keeps tensors in ${missing.join(', ')}, which a lone file cannot bring along; upload a folder with both and a contender.yaml`,
    );
  return lacking(contents, missing).missing;
};
