import { authorize, requireRole } from '../access/domain/authorize';
import type { CopiedFrom } from '../registry/contract';
import type { TrackingStore } from './adapters/tracking-store';
import type { Caller } from './call';
import { invalid, missing } from './domain/refusal';
import type { ModelViews } from './model-views';
import type { Places } from './places';
import { type Named, type TrainedBy, trainedBy } from './trained-by';

/** What a version is made of: files that the caller left in their own place, or a version that is there already. */
export type VersionSource =
  | { readonly kind: 'files'; readonly uri: string; readonly prefix: string }
  | { readonly kind: 'version'; readonly uri: string; readonly copyOf: CopiedFrom };

/** What the URIs that clients register from lead to. */
export class Sources {
  constructor(
    private readonly views: ModelViews,
    private readonly tracking: Pick<TrackingStore, 'run' | 'loggedModel'>,
    private readonly places: Places,
  ) {}

  get bucket(): string {
    return this.places.bucket;
  }

  /** The run of a registration, and what it says of the training. @throws Refusal when it logged too many datasets */
  trainedBy(named: Named): Promise<TrainedBy> {
    return trainedBy(named, this.tracking);
  }

  /** @throws Refusal for what is not there, or not the caller's to take */
  async resolve(uri: string, caller: Caller): Promise<VersionSource> {
    const files = (place: string): VersionSource => ({
      kind: 'files',
      uri,
      prefix: this.places.ownPrefix(place, caller.identity),
    });
    const logged = /^models:\/(m-[\w-]+)$/.exec(uri)?.[1];
    if (logged !== undefined) {
      const model = await this.tracking.loggedModel(logged);
      if (model === undefined) throw invalid(`there is no logged model ${logged}`);
      return files(model.artifactUri);
    }
    const [, run, path] = /^runs:\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    if (run !== undefined) {
      const found = await this.tracking.run(run);
      if (found === undefined) throw invalid(`there is no run ${run}`);
      return files(`${found.info.artifactUri}/${path}`);
    }
    const [, model, number, alias] = /^models:\/([^/@:]+)(?:\/([^/@]+)|@([^/@]+))$/.exec(uri) ?? [];
    return model === undefined ? files(uri) : this.copy(model, { number, alias }, caller);
  }

  /** Who may read a version may hand it on: what restricts it is asked here, and not of those who read the copy. */
  private async copy(
    name: string,
    { number, alias }: { readonly number: string | undefined; readonly alias: string | undefined },
    { identity }: Caller,
  ): Promise<VersionSource> {
    requireRole(identity, 'model:read');
    const { model } = await this.views.model(name);
    authorize(identity, 'model:read', await this.views.access(model));
    const version = await this.numberOf(model, number, alias);
    const found = await this.views.version(model, version);
    if (found.status === 'REJECTED')
      throw invalid(`version ${version} of ${model} was rejected and has no files to copy: ${found.rejection.message}`);
    return { kind: 'version', uri: `models:/${model}/${version}`, copyOf: { model, version } };
  }

  private async numberOf(model: string, number: string | undefined, alias: string | undefined): Promise<number> {
    if (number !== undefined && /^\d{1,10}$/.test(number)) return Number(number);
    const latest = (number ?? alias ?? '').toLowerCase() === 'latest';
    if (latest) {
      const view = await this.views.latest(await this.views.context(model));
      if (view !== undefined) return view.version.version;
    }
    if (number !== undefined && !latest)
      throw invalid(
        `models:/${model}/${number} names no version: versions have numbers and aliases (models:/${model}/3, models:/${model}@champion), and no stages`,
      );
    const version = alias === undefined ? undefined : await this.views.aliased(model, alias);
    if (version !== undefined) return version;
    throw missing(latest ? `${model} has no version` : `Registered model alias ${alias} not found.`);
  }
}
