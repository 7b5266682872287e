import { may, requireRole } from '../access/domain/authorize';
import { type LineageItem, type Model, modelNameSchema } from '../registry/contract';
import type { Caller } from './call';
import { type Condition, parseFilter } from './domain/filter';
import { checkFilter, type Filterable, matchesAll, pinnedTo } from './domain/matches';
import { type Order, parseOrder, VERSIONS } from './domain/order';
import { modelVersionShape, type VersionView } from './domain/shapes';
import { inBatches } from './in-batches';
import { type ModelContext, type ModelViews, PAGE } from './model-views';
import type { RegistrySearch } from './registry-parameters';
import { BATCH, modelPages, namePasses } from './search-models';
import { type Candidate, type PageStart, searchPage } from './search-pages';

const FILTERABLE: Filterable = {
  what: 'model versions',
  attributes: {
    name: 'text',
    version_number: 'number',
    run_id: 'text',
    source_path: 'text',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
};

/** Behind the last version of a model, either way round. */
const BEHIND_ALL = { descending: 0, ascending: 9_999_999_999 };

interface Opened {
  readonly model: string;
  /** None of a model that the caller does not see. */
  readonly context?: ModelContext;
  readonly first: readonly VersionView[];
}

class VersionSearch {
  constructor(
    private readonly views: ModelViews,
    private readonly conditions: readonly Condition[],
    private readonly caller: Caller,
  ) {}

  get pinned(): string | undefined {
    return pinnedTo(this.conditions, 'name');
  }

  /** The run whose versions are asked for. */
  get run(): string | undefined {
    return pinnedTo(this.conditions, 'run_id');
  }

  /** The versions that a run made, of whatever model: few, and not in any order. */
  async *ofRun(run: string): AsyncGenerator<Candidate> {
    const { views } = this;
    const pages = async function* () {
      let last: LineageItem | undefined;
      for (let isMore = true; isMore; ) {
        const page = await views.versionsOf(run, last, PAGE);
        yield page;
        last = page.at(-1);
        isMore = page.length === PAGE;
      }
    };
    yield* inBatches(pages(), BATCH, (item) => this.listed(item));
  }

  private async listed({ model, version }: LineageItem): Promise<Candidate> {
    const nothing = { at: { name: model, version_number: version } };
    if (!namePasses(this.conditions, model)) return nothing;
    if (!may(this.caller.identity, 'model:read', await this.views.access(model))) return nothing;
    const context = await this.views.context(model);
    if (context.notes.archivedAt !== undefined) return nothing;
    const [view] = await this.views.versionPage(context, { after: version - 1, descending: false, limit: 1 });
    return view?.version.version === version ? this.candidate(view) : nothing;
  }

  /** Model after model, and version after version of each; a model without any counts as one that was looked at. */
  async *candidates(order: Order, after: PageStart | undefined): AsyncGenerator<Candidate> {
    const isDescending = (key: string) => order.find((term) => term.key === key)?.descending ?? false;
    const descending = isDescending('version_number');
    const open = (model: Model) => this.open(model, descending, after);
    const behind = descending ? BEHIND_ALL.descending : BEHIND_ALL.ascending;
    for await (const opened of inBatches(this.models(isDescending('name'), after?.name), BATCH, open)) {
      if (opened.first.length === 0) yield { at: { name: opened.model, version_number: behind } };
      else yield* this.versions(opened, descending);
    }
  }

  private async *models(descending: boolean, from: string | undefined): AsyncGenerator<readonly Model[]> {
    const first = this.pinned ?? from;
    const known = first !== undefined && modelNameSchema.safeParse(first).success && (await this.views.find(first));
    if (known) yield [known];
    if (this.pinned === undefined) yield* modelPages(this.views, this.conditions, { descending, after: from });
  }

  private async open({ model }: Model, descending: boolean, from: PageStart | undefined): Promise<Opened> {
    const unseen = { model, first: [] };
    if (!namePasses(this.conditions, model)) return unseen;
    if (!may(this.caller.identity, 'model:read', await this.views.access(model))) return unseen;
    const context = await this.views.context(model);
    if (context.notes.archivedAt !== undefined) return unseen;
    const after = model === from?.name ? Number(from.version_number) : undefined;
    return { model, context, first: await this.views.versionPage(context, { after, descending, limit: PAGE }) };
  }

  private async *versions({ context, first }: Opened, descending: boolean): AsyncGenerator<Candidate> {
    if (context === undefined) return;
    for (let page = first; page.length > 0; ) {
      yield* page.map((view) => this.candidate(view));
      if (page.length < PAGE) return;
      const after = page.at(-1)?.version.version;
      page = await this.views.versionPage(context, { after, descending, limit: PAGE });
    }
  }

  private candidate(view: VersionView): Candidate {
    const { version, notes } = view;
    const shape = modelVersionShape(view);
    const { creation_timestamp, last_updated_timestamp } = shape;
    const at = {
      name: version.model,
      version_number: version.version,
      creation_timestamp,
      last_updated_timestamp,
    };
    const attributes = { ...at, run_id: notes.runId, source_path: shape.source };
    const isFound = notes.archivedAt === undefined && matchesAll(this.conditions, { attributes, tags: notes.tags });
    return isFound ? { at, shape } : { at };
  }
}

/** One model is in the order of its versions, whatever comes before them; all models by their names, and then by versions. */
const isNative = (order: Order, pinned: string | undefined): boolean => {
  const [first, second] = order.filter(({ key }) => pinned === undefined || key !== 'name');
  if (pinned !== undefined) return first?.key === 'version_number';
  return first?.key === 'name' && second?.key === 'version_number';
};

/** `model-versions/search`. @throws Refusal for a filter, an order or a token that cannot be understood */
export const searchVersions = async (asked: RegistrySearch, caller: Caller, views: ModelViews) => {
  requireRole(caller.identity, 'model:read');
  const order = parseOrder(asked.order_by, VERSIONS);
  const conditions = parseFilter(asked.filter);
  checkFilter(conditions, FILTERABLE);
  const search = new VersionSearch(views, conditions, caller);
  const { found, token } = await searchPage(
    { order, max: asked.max_results, token: asked.page_token },
    {
      orderable: VERSIONS,
      plain: VERSIONS.ties,
      isNative: (wanted) => search.run === undefined && isNative(wanted, search.pinned),
      candidates: (native, after) =>
        search.run === undefined ? search.candidates(native, after) : search.ofRun(search.run),
    },
  );
  return { model_versions: found, ...(token === undefined ? {} : { next_page_token: token }) };
};
