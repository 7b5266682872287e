import type { ModelAccess } from '../access/domain/authorize';
import { LIST, modelKey, SK } from '../registry/adapters/keys';
import type { RegistryReader } from '../registry/adapters/registry-reader';
import type { RegistryTable } from '../registry/adapters/registry-table';
import { type Model, type ModelVersion, modelSchema, modelVersionSchema } from '../registry/contract';
import { aliasesOf } from '../registry/domain/describe-version';
import type { NotesStore } from './adapters/notes-store';
import { missing } from './domain/refusal';
import type { ModelView, VersionView } from './domain/shapes';

const PAGE = 100;

/** Models and versions with what people wrote about them. */
export class ModelViews {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
    private readonly store: NotesStore,
  ) {}

  find(name: string): Promise<Model | undefined> {
    return this.reader.findModel(name);
  }

  /** @throws Refusal RESOURCE_DOES_NOT_EXIST */
  async model(name: string): Promise<Model> {
    const found = await this.find(name);
    if (found === undefined) throw missing(`Registered Model with name=${name} not found`);
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
    const found = await this.reader.findVersion(model, version);
    const { archivedAt } = await this.store.notes(model, version);
    if (found === undefined || archivedAt !== undefined)
      throw missing(`Model Version (name=${model}, version=${version}) not found`);
    return found;
  }

  async versionView(model: string, version: number): Promise<VersionView> {
    return this.viewOf(await this.version(model, version));
  }

  async viewOf(version: ModelVersion): Promise<VersionView> {
    const [notes, aliases, route] = await Promise.all([
      this.store.notes(version.model, version.version),
      this.store.aliases(version.model),
      this.reader.route(version.model),
    ]);
    const given = aliases.filter((one) => one.version === version.version).map(({ alias }) => alias);
    return { version, notes, aliases: [...aliasesOf(version.version, route), ...given] };
  }

  async modelView(name: string): Promise<ModelView> {
    const model = await this.model(name);
    const [notes, aliases, route] = await Promise.all([
      this.store.notes(model.model),
      this.store.aliases(model.model),
      this.reader.route(model.model),
    ]);
    const latest = model.latestVersion > 0 ? await this.reader.version(model.model, model.latestVersion) : undefined;
    const decided =
      route === undefined || route.mode === 'unserved'
        ? []
        : [
            { alias: 'champion', version: route.champion.version, generation: 0 },
            ...(route.mode === 'champion'
              ? []
              : [{ alias: 'challenger', version: route.challenger.version, generation: 0 }]),
          ];
    return {
      name: model.model,
      createdAt: model.createdAt,
      notes,
      aliases: [...decided, ...aliases],
      latest: latest && (await this.viewOf(latest)),
    };
  }

  /** The version that an alias stands for now. */
  async aliased(model: string, alias: string): Promise<number | undefined> {
    const { aliases } = await this.modelView(model);
    return aliases.find((one) => one.alias === alias)?.version;
  }

  /** Models A to Z, behind a name. */
  async *modelsAfter(name: string | undefined): AsyncGenerator<Model> {
    let cursor =
      name === undefined
        ? undefined
        : this.table.cursorAt({ listPk: LIST.models, listSk: name.toLowerCase(), pk: modelKey(name), sk: SK.meta });
    do {
      const page = await this.table.list(LIST.models, modelSchema, { limit: PAGE, ...(cursor ? { cursor } : {}) });
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** Versions of a model, the latest first, below a number. */
  async *versionsBelow(model: string, number: number | undefined): AsyncGenerator<ModelVersion> {
    let cursor =
      number === undefined ? undefined : this.table.cursorAt({ pk: modelKey(model), sk: SK.version(number) });
    do {
      const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
      const page = await this.table.page(modelKey(model), SK.versions, modelVersionSchema, query);
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}
