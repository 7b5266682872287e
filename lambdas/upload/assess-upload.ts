import type { Manifest } from '../registry/contract';
import { MAX_FILES } from './contract';
import { missingFiles, modelFileOf } from './domain/accept-upload';
import { emptyManifest, MANIFEST, readManifest } from './domain/read-manifest';
import { MLMODEL, type MlModel, readMlmodel, requirementsOf } from './domain/read-mlmodel';
import { refuseExecutable } from './domain/refuse-executable';
import { UploadRejected, type UploadRejectionCode } from './domain/rejected';

/** A file of an upload, wherever it lies. */
export interface UploadFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  read(): Promise<Uint8Array>;
}

/** What an upload consists of. `alone`: a model by itself, which nothing describes. */
export interface Contents {
  readonly files: readonly UploadFile[];
  readonly alone: boolean;
}

/** What an upload that is whole says of itself. */
export interface Whole {
  readonly manifest: Manifest;
  /** The graph; none of a hosted model. */
  readonly modelFile: string | undefined;
  readonly mlmodel?: MlModel;
}

/** Far above any manifest that a person writes, and any signature that a version has room for. */
const MAX_DESCRIPTION_BYTES = 1_048_576;

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

const describedBy = async ({ files, alone }: Contents) => {
  if (alone) return { manifest: emptyManifest() };
  const mlmodelText = await textOf(files, MLMODEL, 'bad-mlmodel');
  const mlmodel = mlmodelText === undefined ? undefined : readMlmodel(mlmodelText);
  refuseExecutable(files.map(({ path }) => path));
  const text = await textOf(files, MANIFEST, 'bad-manifest');
  const manifest = text === undefined ? mlmodel && emptyManifest() : readManifest(text);
  return { manifest, ...(mlmodel ? { mlmodel } : {}) };
};

/** What an upload that is whole says of itself; otherwise what it still lacks. @throws UploadRejected */
export const assessUpload = async (
  contents: Contents,
  maxFileBytes: number,
): Promise<Whole | { missing: string[] }> => {
  const { files, alone } = contents;
  checkSizes(files, maxFileBytes);
  const paths = files.map(({ path }) => path);
  if (alone) refuseExecutable(paths);
  const { manifest, mlmodel } = await describedBy(contents);
  if (!manifest) return { missing: [`${MANIFEST} or ${MLMODEL}`] };
  const missing = missingFiles(manifest, new Set(paths));
  if (mlmodel) missing.push(...(await missingOfMlmodel(mlmodel, files)));
  const modelFile = manifest.runtime === 'onnx' ? graphOf(manifest, mlmodel, paths) : undefined;
  if (manifest.runtime === 'onnx' && modelFile === undefined) missing.push('an .onnx file');
  if (missing.length > 0) return { missing: [...new Set(missing)] };
  return { manifest, modelFile, ...(mlmodel ? { mlmodel } : {}) };
};
