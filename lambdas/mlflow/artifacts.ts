import { authorize, requireRole } from '../access/domain/authorize';
import type { AcceptedVersion } from '../registry/contract';
import type { Caller } from './call';
import { generatedFiles, MLMODEL } from './domain/generated-files';
import { invalid, missing } from './domain/refusal';
import type { ModelViews } from './model-views';

/** What is there below a folder of a version. */
interface Listing {
  readonly files: { readonly path: string; readonly is_dir: boolean; readonly file_size?: number }[];
}

/** Where a file is read from: by a link, or here and now. */
export type FileContent =
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'text'; readonly text: string };

interface Sized {
  readonly path: string;
  readonly size: number;
}

const isHosted = ({ runtime, files }: AcceptedVersion): boolean =>
  runtime.kind === 'sagemaker' && !files.some(({ path }) => path === MLMODEL);

/** Whoever loads a model reads its MLmodel first, and is told there; the files can be downloaded one by one. */
const notLoadable = ({ model, version, files }: AcceptedVersion) =>
  invalid(
    `version ${version} of ${model} runs on SageMaker and cannot be loaded by a client: call it at POST /models/${model}/invocations; its files are read one by one, such as models:/${model}/${version}/${files[0]?.path}`,
  );

/** Versions' files for clients: listed here, read from where they lie by a link that soon expires. */
export class Artifacts {
  constructor(
    private readonly views: ModelViews,
    /** A URL that reads one file of a version. */
    private readonly link: (version: AcceptedVersion, path: string) => Promise<string>,
  ) {}

  private async placeOf(path: string, { identity }: Caller): Promise<{ version: AcceptedVersion; inner: string }> {
    requireRole(identity, 'model:read');
    const [, name = '', number = '', inner = ''] = /^models\/([^/]+)\/(\d{1,10})(?:\/(.*))?$/.exec(path) ?? [];
    if (name === '') throw invalid(`artifacts are at models/<name>/<version>, not at ${path.slice(0, 100)}`);
    const { model } = await this.views.model(name);
    authorize(identity, 'model:read', await this.views.access(model));
    const version = await this.views.version(model, Number(number));
    if (version.status === 'REJECTED')
      throw missing(`version ${number} of ${model} was rejected and has no files: ${version.rejection.message}`);
    return { version, inner: inner.replace(/\/+$/, '') };
  }

  async list(path: string, caller: Caller): Promise<Listing> {
    const { version, inner } = await this.placeOf(path, caller);
    const generated: Sized[] = [...generatedFiles(version)].map(([name, text]) => ({
      path: name,
      size: Buffer.byteLength(text),
    }));
    const told: Sized[] = isHosted(version) ? [{ path: MLMODEL, size: 0 }] : generated;
    return { files: folderOf([...version.files, ...told], inner) };
  }

  /** What a file holds, or where that is to be read from. */
  async read(path: string, caller: Caller): Promise<FileContent> {
    const { version, inner } = await this.placeOf(path, caller);
    const text = generatedFiles(version).get(inner);
    if (text !== undefined) return { kind: 'text', text };
    if (inner === MLMODEL && isHosted(version)) throw notLoadable(version);
    if (!version.files.some((file) => file.path === inner)) throw missing(`there is no file ${inner} in ${path}`);
    return { kind: 'link', url: await this.link(version, inner) };
  }
}

/** Folders first, then the files of the folder itself, named from it. */
const folderOf = (files: readonly Sized[], folder: string): Listing['files'] => {
  const prefix = folder === '' ? '' : `${folder}/`;
  const below = files
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path, size }) => ({ path: path.slice(prefix.length), size }));
  const folders = new Set(below.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0] ?? ''));
  return [
    ...[...folders].map((path) => ({ path, is_dir: true })),
    ...below
      .filter(({ path }) => !path.includes('/'))
      .map(({ path, size }) => ({ path, is_dir: false, file_size: size })),
  ];
};
