import * as z from 'zod';
import { authorize, may, requireRole } from '../access/domain/authorize';
import { modelNameSchema } from '../registry/contract';
import type { NotesStore } from './adapters/notes-store';
import { type Caller, type Calls, call, onlyOrder, type Search, searchSchema, tagListSchema, tagsOf } from './call';
import { DECIDED_ALIASES, namedSchema } from './contract';
import { type Condition, parseFilter } from './domain/filter';
import { matchesAll, pinnedTo } from './domain/matches';
import { invalid, missing, Refusal } from './domain/refusal';
import { modelVersionShape, registeredModelShape } from './domain/shapes';
import type { ModelViews } from './model-views';

export interface RegisteredModelPorts {
  readonly views: ModelViews;
  readonly notes: NotesStore;
}

/** Models looked at for one page of a search. */
const MAX_EXAMINED = 1000;

const versionNumber = z.coerce.number().int().min(1);
const keyed = namedSchema.extend({ key: z.string().min(1).max(250) });
const tagged = keyed.extend({ value: z.string().max(8000).default('') });
const aliased = namedSchema.extend({
  alias: z.string().regex(/^[\w-]{1,255}$/, 'letters, digits, dashes and underscores'),
});

const checkAlias = (alias: string): void => {
  if (DECIDED_ALIASES.has(alias.toLowerCase()))
    throw new Refusal(
      'PERMISSION_DENIED',
      `the alias ${alias} is not set by hand: a version becomes ${alias} when reviewers approve it and its rollout says so. Reviewers see it with "contender approvals"; ask one of them to approve it, or push it with "contender push"`,
    );
  if (alias.toLowerCase() === 'latest' || /^v\d+$/i.test(alias))
    throw invalid(`the alias ${alias} is reserved; choose another name`);
};

export const registeredModelCalls = ({ views, notes }: RegisteredModelPorts): Calls => {
  /** A model that the caller may change. */
  const changeable = async (name: string, { identity }: Caller) => {
    requireRole(identity, 'model:upload');
    const model = await views.model(name);
    authorize(identity, 'model:upload', await views.access(model.model));
    return model;
  };

  const readable = async (name: string, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const model = await views.model(name);
    authorize(identity, 'model:read', await views.access(model.model));
    return model;
  };

  const matching = async (name: string, conditions: readonly Condition[], { identity }: Caller) => {
    const access = await views.access(name);
    const view = await views.modelView(name);
    if (!may(identity, 'model:read', access) || view.notes.archivedAt !== undefined) return undefined;
    const item = { attributes: { name: view.name }, tags: view.notes.tags };
    return matchesAll(conditions, item) ? registeredModelShape(view) : undefined;
  };

  const searchOne = async (name: string, conditions: readonly Condition[], caller: Caller) => {
    const known = modelNameSchema.safeParse(name).success ? await views.find(name) : undefined;
    const found = known && (await matching(known.model, conditions, caller));
    return { registered_models: found === undefined ? [] : [found] };
  };

  const searchAll = async (asked: Search, conditions: readonly Condition[], caller: Caller) => {
    const found: object[] = [];
    let examined = 0;
    for await (const { model } of views.modelsAfter(asked.page_token)) {
      const shape = await matching(model, conditions, caller);
      if (shape !== undefined) found.push(shape);
      if (found.length === asked.max_results || ++examined === MAX_EXAMINED)
        return { registered_models: found, next_page_token: model };
    }
    return { registered_models: found };
  };

  const search = async (asked: Search, caller: Caller) => {
    requireRole(caller.identity, 'model:read');
    onlyOrder(asked.order_by, ['name', 'name asc'], 'name ASC');
    const conditions = parseFilter(asked.filter);
    const pinned = pinnedTo(conditions, 'name');
    return pinned === undefined ? searchAll(asked, conditions, caller) : searchOne(pinned, conditions, caller);
  };

  return {
    'POST registered-models/create': call(
      namedSchema.extend({ tags: tagListSchema, description: z.string().max(5000).optional() }),
      async ({ name, tags, description }, caller) => {
        requireRole(caller.identity, 'model:upload');
        const change = { model: name, actor: caller.actor, at: caller.at };
        if (!(await notes.createModel(change)))
          throw new Refusal('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
        const said = { tags: tagsOf(tags), ...(description ? { description } : {}) };
        if (tags.length > 0 || description) await notes.change(change, await notes.notes(name), said, 'Model Changed');
        return { registered_model: registeredModelShape(await views.modelView(name)) };
      },
    ),
    'GET registered-models/get': call(namedSchema, async ({ name }, caller) => {
      const { model } = await readable(name, caller);
      const view = await views.modelView(model);
      if (view.notes.archivedAt !== undefined) throw missing(`Registered Model with name=${name} was deleted`);
      return { registered_model: registeredModelShape(view) };
    }),
    'PATCH registered-models/update': call(
      namedSchema.extend({ description: z.string().max(5000) }),
      async ({ name, description }, caller) => {
        const { model } = await changeable(name, caller);
        const change = { model, actor: caller.actor, at: caller.at };
        await notes.change(change, await notes.notes(model), { description }, 'Model Changed');
        return { registered_model: registeredModelShape(await views.modelView(model)) };
      },
    ),
    'POST registered-models/rename': call(z.object({}).loose(), async () => {
      throw new Refusal(
        'PERMISSION_DENIED',
        'models are not renamed: records, endpoints and prediction ids go by the name. Register the model under another name instead',
      );
    }),
    'DELETE registered-models/delete': call(namedSchema, async ({ name }, caller) => {
      const { model } = await changeable(name, caller);
      if (await views.isServed(model))
        throw new Refusal('PERMISSION_DENIED', `${model} serves; its record stays, and so does its name`);
      const change = { model, actor: caller.actor, at: caller.at };
      await notes.change(change, await notes.notes(model), { archivedAt: caller.at }, 'Model Archived');
      return {};
    }),
    'GET registered-models/search': call(searchSchema, search),
    'POST registered-models/search': call(searchSchema, search),
    'POST registered-models/set-tag': call(tagged, async ({ name, key, value }, caller) => {
      const { model } = await changeable(name, caller);
      const before = await notes.notes(model);
      const change = { model, actor: caller.actor, at: caller.at };
      await notes.change(change, before, { tags: { ...before.tags, [key]: value } }, 'Model Changed');
      return {};
    }),
    'DELETE registered-models/delete-tag': call(keyed, async ({ name, key }, caller) => {
      const { model } = await changeable(name, caller);
      const before = await notes.notes(model);
      const { [key]: _, ...tags } = before.tags;
      const change = { model, actor: caller.actor, at: caller.at };
      await notes.change(change, before, { tags }, 'Model Changed');
      return {};
    }),
    'POST registered-models/alias': call(
      aliased.extend({ version: versionNumber }),
      async ({ name, alias, version }, caller) => {
        const { model } = await changeable(name, caller);
        checkAlias(alias);
        await views.version(model, version);
        await notes.setAlias({ model, version, actor: caller.actor, at: caller.at }, alias, version);
        return {};
      },
    ),
    'DELETE registered-models/alias': call(aliased, async ({ name, alias }, caller) => {
      const { model } = await changeable(name, caller);
      checkAlias(alias);
      await notes.removeAlias({ model, actor: caller.actor, at: caller.at }, alias);
      return {};
    }),
    'GET registered-models/alias': call(aliased, async ({ name, alias }, caller) => {
      const { model } = await readable(name, caller);
      const version = await views.aliased(model, alias);
      if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
      return { model_version: modelVersionShape(await views.versionView(model, version)) };
    }),
    'POST registered-models/get-latest-versions': call(namedSchema.loose(), async ({ name }, caller) => {
      const { model } = await readable(String(name), caller);
      return { model_versions: registeredModelShape(await views.modelView(model)).latest_versions };
    }),
    'GET registered-models/get-latest-versions': call(namedSchema.loose(), async ({ name }, caller) => {
      const { model } = await readable(String(name), caller);
      return { model_versions: registeredModelShape(await views.modelView(model)).latest_versions };
    }),
  };
};
