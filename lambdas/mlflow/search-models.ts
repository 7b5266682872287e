import { may, requireRole } from '../access/domain/authorize';
import { type Model, modelNameSchema } from '../registry/contract';
import type { Caller } from './call';
import { type Condition, parseFilter } from './domain/filter';
import { checkFilter, type Filterable, matchesAll, namePrefix, pinnedTo } from './domain/matches';
import { MODELS, type Order, parseOrder } from './domain/order';
import { registeredModelShape } from './domain/shapes';
import { inBatches } from './in-batches';
import { type ModelViews, PAGE } from './model-views';
import type { RegistrySearch } from './registry-parameters';
import { type Candidate, type PageStart, searchPage } from './search-pages';

/** Models looked at together. */
export const BATCH = 10;

const FILTERABLE: Filterable = { what: 'registered models', attributes: { name: 'text' } };

/** Names of one query where most are only looked at and passed by: a quarter of what DynamoDB answers at most. */
const NAMES = 1000;

const isOfName = ({ kind, key }: Condition): boolean => kind === 'attribute' && key === 'name';

/** All models that a filter may admit by their names, behind a name, page by page. */
export async function* modelPages(
  views: ModelViews,
  conditions: readonly Condition[],
  { descending, after }: { readonly descending: boolean; readonly after: string | undefined },
): AsyncGenerator<readonly Model[]> {
  const prefix = namePrefix(conditions);
  const limit = prefix === '' && conditions.some(isOfName) ? NAMES : PAGE;
  let last = after;
  for (let isMore = true; isMore; ) {
    const page = await views.modelPage({ after: last, descending, limit, prefix });
    yield page;
    last = page.at(-1)?.model;
    isMore = page.length === limit;
  }
}

/** Whether what a filter says of the name alone admits a model: then it is worth reading. */
export const namePasses = (conditions: readonly Condition[], name: string): boolean =>
  matchesAll(conditions.filter(isOfName), { attributes: { name }, tags: {} });

class ModelSearch {
  constructor(
    private readonly views: ModelViews,
    private readonly conditions: readonly Condition[],
    private readonly caller: Caller,
  ) {}

  async *candidates([first]: Order, after: PageStart | undefined): AsyncGenerator<Candidate> {
    const pages = this.models(first?.descending ?? false, after?.name);
    yield* inBatches(pages, BATCH, (model) => this.candidate(model));
  }

  private async *models(descending: boolean, after: string | undefined): AsyncGenerator<readonly Model[]> {
    const pinned = pinnedTo(this.conditions, 'name');
    if (pinned === undefined) return yield* modelPages(this.views, this.conditions, { descending, after });
    const known = modelNameSchema.safeParse(pinned).success ? await this.views.find(pinned) : undefined;
    if (known !== undefined && after === undefined) yield [known];
  }

  private async candidate({ model }: Model): Promise<Candidate> {
    const nothing = { at: { name: model } };
    if (!namePasses(this.conditions, model)) return nothing;
    if (!may(this.caller.identity, 'model:read', await this.views.access(model))) return nothing;
    const view = await this.views.modelView(model);
    if (view.notes.archivedAt !== undefined) return nothing;
    const shape = registeredModelShape(view);
    if (!matchesAll(this.conditions, { attributes: { name: model }, tags: view.notes.tags })) return nothing;
    const { creation_timestamp, last_updated_timestamp } = shape;
    return { at: { name: model, creation_timestamp, last_updated_timestamp }, shape };
  }
}

/** `registered-models/search`. @throws Refusal for a filter, an order or a token that cannot be understood */
export const searchModels = async (asked: RegistrySearch, caller: Caller, views: ModelViews) => {
  requireRole(caller.identity, 'model:read');
  const order = parseOrder(asked.order_by, MODELS);
  const conditions = parseFilter(asked.filter);
  checkFilter(conditions, FILTERABLE);
  const search = new ModelSearch(views, conditions, caller);
  const { found, token } = await searchPage(
    { order, max: asked.max_results, token: asked.page_token },
    {
      orderable: MODELS,
      plain: MODELS.usual,
      isNative: ([first]) => first?.key === 'name',
      candidates: (native, after) => search.candidates(native, after),
    },
  );
  return { registered_models: found, ...(token === undefined ? {} : { next_page_token: token }) };
};
