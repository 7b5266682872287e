import type { ModelAccess } from '../access/domain/authorize';
import { LIST, modelKey, SK } from '../registry/adapters/keys';
import type { RegistryReader } from '../registry/adapters/registry-reader';
import type { RegistryTable } from '../registry/adapters/registry-table';
import {
  type LineageItem,
  type Model,
  type ModelVersion,
  modelSchema,
  modelVersionSchema,
  type Route,
} from '../registry/contract';
import { aliasesOf } from '../registry/domain/describe-version';
import type { NotesStore } from './adapters/notes-store';
import type { Alias, Notes } from './contract';
import { missing } from './domain/refusal';
import type { ModelView, VersionView } from './domain/shapes';

/** Items of one query. */
export const PAGE = 100;
/** Deleted versions that are passed by on the way to a model's latest: two thousand. */
const MAX_PAGES_TO_LATEST = 20;

/** What all versions of a model are seen by. */
export interface ModelContext {
  readonly model: string;
  readonly notes: Notes;
  readonly aliases: readonly Alias[];
  readonly route: Route | undefined;
}

/** Where to go on, and which way. */
export interface Stretch<Key> {
  readonly after: Key | undefined;
  readonly descending: boolean;
  readonly limit: number;
}

/** Of names also what they begin with, in lower case. */
export interface Names extends Stretch<string> {
  readonly prefix: string;
}

/** Models and versions with what people wrote about them. */
export class ModelViews {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
    private readonly store: NotesStore,
  ) {}

  /** Also one that was deleted. */
  find(name: string): Promise<Model | undefined> {
    return this.reader.findModel(name);
  }

  /** @throws Refusal RESOURCE_DOES_NOT_EXIST, also where it was deleted */
  async model(name: string): Promise<Model> {
    const found = await this.find(name);
    if (found === undefined) throw missing(`Registered Model with name=${name} not found`);
    const { archivedAt } = await this.store.notes(found.model);
    if (archivedAt !== undefined)
      throw missing(`Registered Model with name=${name} was deleted, and names are not given out again; use another`);
    return found;
  }

  access(model: string): Promise<ModelAccess> {
    return this.reader.access(model);
  }

  async isServed(model: string): Promise<boolean> {
    const route = await this.reader.route(model);
    return route !== undefined && route.mode !== 'unserved';
  }

  /** @throws Refusal RESOURCE_DOES_NOT_EXIST, also where it was deleted */
  async version(model: string, version: number): Promise<ModelVersion> {
    return (await this.noted(model, version)).found;
  }

  async versionView(model: string, version: number): Promise<VersionView> {
    const [{ found, notes }, context] = await Promise.all([this.noted(model, version), this.context(model)]);
    return viewIn(context, found, notes);
  }

  private async noted(model: string, version: number): Promise<{ found: ModelVersion; notes: Notes }> {
    const [found, notes] = await Promise.all([
      this.reader.findVersion(model, version),
      this.store.notes(model, version),
    ]);
    if (found === undefined || notes.archivedAt !== undefined)
      throw missing(`Model Version (name=${model}, version=${version}) not found`);
    return { found, notes };
  }

  async context(model: string): Promise<ModelContext> {
    const [notes, aliases, route] = await Promise.all([
      this.store.notes(model),
      this.store.aliases(model),
      this.reader.route(model),
    ]);
    return { model, notes, aliases, route };
  }

  async modelView(name: string): Promise<ModelView> {
    const model = await this.find(name);
    if (model === undefined) throw missing(`Registered Model with name=${name} not found`);
    const context = await this.context(model.model);
    return {
      name: model.model,
      createdAt: model.createdAt,
      notes: context.notes,
      aliases: [...decidedBy(context.route), ...context.aliases],
      latest: model.latestVersion > 0 ? await this.latest(context) : undefined,
    };
  }

  /** The version that an alias stands for now. */
  async aliased(model: string, alias: string): Promise<number | undefined> {
    const { aliases, route } = await this.context(model);
    return [...decidedBy(route), ...aliases].find((one) => one.alias === alias)?.version;
  }

  /** The youngest version that was not deleted. */
  async latest(context: ModelContext): Promise<VersionView | undefined> {
    let after: number | undefined;
    for (let page = 0; page < MAX_PAGES_TO_LATEST; page++) {
      const limit = page === 0 ? 1 : PAGE;
      const views = await this.versionPage(context, { after, descending: true, limit });
      const found = views.find(({ notes }) => notes.archivedAt === undefined);
      if (found !== undefined || views.length < limit) return found;
      after = views.at(-1)?.version.version;
    }
    return undefined;
  }

  /** Some of all models, by their names, also those that were deleted. */
  async modelPage({ after, descending, limit, prefix }: Names): Promise<Model[]> {
    const place = { listPk: LIST.models, listSk: after?.toLowerCase() ?? '', pk: modelKey(after ?? ''), sk: SK.meta };
    const query = { limit, ...(after === undefined ? {} : { cursor: this.table.cursorAt(place) }) };
    return (await this.table.list(LIST.models, modelSchema, query, { reversed: descending, prefix })).items;
  }

  /** Some of the versions that a run was said to have made, of whatever model. */
  versionsOf(run: string, after: LineageItem | undefined, limit: number): Promise<LineageItem[]> {
    return this.store.versionsOf(run, after, limit);
  }

  /** Some of a model's versions, by their numbers, also those that were deleted. */
  async versionPage(context: ModelContext, stretch: Stretch<number>): Promise<VersionView[]> {
    const versions = await this.versions(context.model, stretch);
    const numbers = versions.map(({ version }) => version);
    if (numbers.length === 0) return [];
    const notes = await this.store.notesBetween(context.model, Math.min(...numbers), Math.max(...numbers));
    return versions.map((version) => viewIn(context, version, notes(version.version)));
  }

  private async versions(model: string, { after, descending, limit }: Stretch<number>): Promise<ModelVersion[]> {
    const pk = modelKey(model);
    const sk = after === undefined ? undefined : SK.version(after);
    if (!descending) return this.table.following(pk, SK.versions, modelVersionSchema, { after: sk, limit });
    const query = { limit, ...(sk === undefined ? {} : { cursor: this.table.cursorAt({ pk, sk }) }) };
    return (await this.table.page(pk, SK.versions, modelVersionSchema, query)).items;
  }
}

const viewIn = ({ aliases, route }: ModelContext, version: ModelVersion, notes: Notes): VersionView => {
  const given = aliases.filter((one) => one.version === version.version).map(({ alias }) => alias);
  return { version, notes, aliases: [...aliasesOf(version.version, route), ...given] };
};

const decidedBy = (route: Route | undefined): Alias[] => {
  if (route === undefined || route.mode === 'unserved') return [];
  const champion = { alias: 'champion', version: route.champion.version, generation: 0 };
  if (route.mode === 'champion') return [champion];
  return [champion, { alias: 'challenger', version: route.challenger.version, generation: 0 }];
};
