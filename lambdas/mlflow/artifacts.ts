import { authorize, requireRole } from '../access/domain/authorize';
import type { AcceptedVersion } from '../registry/contract';
import type { Caller } from './call';
import { invalid, missing } from './domain/refusal';
import type { ModelViews } from './model-views';

/** What is there below a folder of a version. */
interface Listing {
  readonly files: { readonly path: string; readonly is_dir: boolean; readonly file_size?: number }[];
}

/** Versions' files for clients: listed here, read from where they lie by a link that soon expires. */
export class Artifacts {
  constructor(
    private readonly views: ModelViews,
    /** A URL that reads one file of a version. */
    private readonly link: (version: AcceptedVersion, path: string) => Promise<string>,
  ) {}

  private async placeOf(path: string, { identity }: Caller): Promise<{ version: AcceptedVersion; inner: string }> {
    requireRole(identity, 'model:read');
    const [, name = '', number = '', inner = ''] = /^models\/([^/]+)\/(\d+)(?:\/(.*))?$/.exec(path) ?? [];
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
    const prefix = inner === '' ? '' : `${inner}/`;
    const below = version.files.filter((file) => file.path.startsWith(prefix));
    const files = below.filter((file) => !file.path.slice(prefix.length).includes('/'));
    const folders = new Set(
      below
        .filter((file) => file.path.slice(prefix.length).includes('/'))
        .map((file) => file.path.slice(prefix.length).split('/')[0] ?? ''),
    );
    return {
      files: [
        ...[...folders].map((folder) => ({ path: folder, is_dir: true })),
        ...files.map((file) => ({ path: file.path.slice(prefix.length), is_dir: false, file_size: file.size })),
      ],
    };
  }

  /** Where a file is to be read from. */
  async locate(path: string, caller: Caller): Promise<string> {
    const { version, inner } = await this.placeOf(path, caller);
    if (!version.files.some((file) => file.path === inner)) throw missing(`there is no file ${inner} in ${path}`);
    return this.link(version, inner);
  }
}
