import * as z from 'zod';
import { authorize, may, requireRole } from '../access/domain/authorize';
import type { ModelVersion } from '../registry/contract';
import type { RegisterAnswer, RegisterRequest } from '../upload/contract';
import type { NotesStore } from './adapters/notes-store';
import type { TrackingStore } from './adapters/tracking-store';
import { type Caller, type Calls, call, onlyOrder, type Search, searchSchema, tagListSchema, tagsOf } from './call';
import { namedSchema } from './contract';
import { type Condition, parseFilter } from './domain/filter';
import { matchesAll, pinnedTo } from './domain/matches';
import { invalid, Refusal } from './domain/refusal';
import { modelVersionShape, type VersionView } from './domain/shapes';
import type { ModelViews } from './model-views';
import type { Places } from './places';
import { trainedBy } from './trained-by';

export interface ModelVersionPorts {
  readonly views: ModelViews;
  readonly notes: NotesStore;
  readonly tracking: TrackingStore;
  readonly places: Places;
  readonly register: (request: RegisterRequest) => Promise<RegisterAnswer>;
}

const MAX_EXAMINED = 1000;

const named = namedSchema.extend({ version: z.coerce.number().int().min(1) });
const keyed = named.extend({ key: z.string().min(1).max(250) });
const createSchema = namedSchema.extend({
  source: z.string().min(1).max(1000),
  run_id: z.string().max(100).optional(),
  run_link: z.string().max(1000).optional(),
  tags: tagListSchema,
  description: z.string().max(5000).optional(),
  model_id: z.string().max(100).optional(),
});

const searchableOf = ({ version, notes }: VersionView) => ({
  attributes: {
    name: version.model,
    version_number: version.version,
    run_id: notes.runId,
    source_path: notes.source,
    creation_timestamp: version.registeredAt,
    last_updated_timestamp: notes.changedAt,
  },
  tags: notes.tags,
});

const ORDERS = ['version_number desc', 'creation_timestamp desc', 'name', 'name asc', 'last_updated_timestamp desc'];

export const modelVersionCalls = ({ views, notes, tracking, places, register }: ModelVersionPorts): Calls => {
  const changeable = async (name: string, number: number, { identity }: Caller): Promise<ModelVersion> => {
    requireRole(identity, 'model:upload');
    const { model } = await views.model(name);
    authorize(identity, 'model:upload', await views.access(model));
    return views.version(model, number);
  };

  /** Where what a client names lies: only its own place is taken. */
  const prefixOf = async (source: string, { identity }: Caller): Promise<string> => {
    const logged = /^models:\/(m-[\w-]+)$/.exec(source)?.[1];
    if (logged !== undefined) {
      const model = await tracking.loggedModel(logged);
      if (model === undefined) throw invalid(`there is no logged model ${logged}`);
      return places.ownPrefix(model.artifactUri, identity);
    }
    const [, run, path] = /^runs:\/([^/]+)\/(.+)$/.exec(source) ?? [];
    if (run !== undefined) {
      const found = await tracking.run(run);
      if (found === undefined) throw invalid(`there is no run ${run}`);
      return places.ownPrefix(`${found.info.artifactUri}/${path}`, identity);
    }
    return places.ownPrefix(source, identity);
  };

  const create = async (given: z.output<typeof createSchema>, caller: Caller) => {
    requireRole(caller.identity, 'model:upload');
    const { model } = await views.model(given.name);
    authorize(caller.identity, 'model:upload', await views.access(model));
    const prefix = await prefixOf(given.source, caller);
    const { kind, id, name } = caller.identity;
    const { runId, trained } = await trainedBy(given, tracking);
    const answer = await register({ model, bucket: places.bucket, prefix, actor: { kind, id, name }, ...trained });
    if (answer.outcome === 'waiting')
      throw invalid(`${given.source} is not whole: it lacks ${answer.missing.join(', ')}; log the model again`);
    const change = { model, version: answer.version, actor: caller.actor, at: caller.at };
    const before = await notes.notes(model, answer.version);
    const said = {
      source: given.source,
      tags: { ...before.tags, ...tagsOf(given.tags) },
      ...(given.description ? { description: given.description } : {}),
      ...(runId ? { runId } : {}),
      ...(given.run_link ? { runLink: given.run_link } : {}),
      ...(given.model_id ? { modelId: given.model_id } : {}),
    };
    // Bytes that are a version already keep what was said of it first.
    const isNew = before.changedAt === 0;
    if (isNew) await notes.change(change, before, said, 'Version Changed');
    return { model_version: modelVersionShape(await views.versionView(model, answer.version)) };
  };

  const matching = async (version: ModelVersion, conditions: readonly Condition[]) => {
    const view = await views.viewOf(version);
    if (view.notes.archivedAt !== undefined) return undefined;
    return matchesAll(conditions, searchableOf(view)) ? modelVersionShape(view) : undefined;
  };

  /** Every version that a search may find, and the token behind it. */
  async function* candidates(pinned: string | undefined, token: string | undefined, { identity }: Caller) {
    const [afterModel, number] = token?.split('/') ?? [];
    const below = number === undefined ? undefined : Number(number);
    const models = async function* () {
      const first = pinned ?? afterModel;
      const known = first === undefined ? undefined : await views.find(first);
      if (known !== undefined) yield known;
      if (pinned === undefined) yield* views.modelsAfter(afterModel);
    };
    for await (const { model } of models()) {
      if (!may(identity, 'model:read', await views.access(model))) continue;
      yield* views.versionsBelow(model, model === afterModel ? below : undefined);
    }
  }

  const search = async (asked: Search, caller: Caller) => {
    requireRole(caller.identity, 'model:read');
    onlyOrder(asked.order_by, ORDERS, 'name ASC, version_number DESC');
    if (asked.page_token !== undefined && !/^[\w.-]+\/\d+$/.test(asked.page_token))
      throw invalid('the page_token is not one that a search gave out');
    const conditions = parseFilter(asked.filter);
    const found: object[] = [];
    let examined = 0;
    for await (const version of candidates(pinnedTo(conditions, 'name'), asked.page_token, caller)) {
      const shape = await matching(version, conditions);
      if (shape !== undefined) found.push(shape);
      if (found.length === asked.max_results || ++examined === MAX_EXAMINED)
        return { model_versions: found, next_page_token: `${version.model}/${version.version}` };
    }
    return { model_versions: found };
  };

  const readable = async (name: string, number: number, { identity }: Caller): Promise<VersionView> => {
    requireRole(identity, 'model:read');
    const { model } = await views.model(name);
    authorize(identity, 'model:read', await views.access(model));
    return views.versionView(model, number);
  };

  return {
    'POST model-versions/create': call(createSchema, create),
    'GET model-versions/get': call(named, async ({ name, version }, caller) => ({
      model_version: modelVersionShape(await readable(name, version, caller)),
    })),
    'PATCH model-versions/update': call(
      named.extend({ description: z.string().max(5000) }),
      async ({ name, version, description }, caller) => {
        const { model } = await changeable(name, version, caller);
        const change = { model, version, actor: caller.actor, at: caller.at };
        await notes.change(change, await notes.notes(model, version), { description }, 'Version Changed');
        return { model_version: modelVersionShape(await views.versionView(model, version)) };
      },
    ),
    'DELETE model-versions/delete': call(named, async ({ name, version }, caller) => {
      const { model, status } = await changeable(name, version, caller);
      if (status === 'SERVING')
        throw new Refusal('PERMISSION_DENIED', `version ${version} of ${model} serves; roll it back first`);
      const change = { model, version, actor: caller.actor, at: caller.at };
      await notes.change(change, await notes.notes(model, version), { archivedAt: caller.at }, 'Version Changed');
      return {};
    }),
    'POST model-versions/transition-stage': call(z.object({}).loose(), async () => {
      throw new Refusal(
        'PERMISSION_DENIED',
        'versions change state by approval and rollout, not by stages; reviewers find what waits for them with "contender approvals"',
      );
    }),
    'GET model-versions/get-download-uri': call(named, async ({ name, version }, caller) => {
      const view = await readable(name, version, caller);
      return { artifact_uri: `mlflow-artifacts:/models/${view.version.model}/${version}` };
    }),
    'GET model-versions/search': call(searchSchema, search),
    'POST model-versions/search': call(searchSchema, search),
    'POST model-versions/set-tag': call(
      keyed.extend({ value: z.string().max(8000).default('') }),
      async ({ name, version, key, value }, caller) => {
        const { model } = await changeable(name, version, caller);
        const before = await notes.notes(model, version);
        const change = { model, version, actor: caller.actor, at: caller.at };
        await notes.change(change, before, { tags: { ...before.tags, [key]: value } }, 'Version Changed');
        return {};
      },
    ),
    'DELETE model-versions/delete-tag': call(keyed, async ({ name, version, key }, caller) => {
      const { model } = await changeable(name, version, caller);
      const before = await notes.notes(model, version);
      const { [key]: _, ...tags } = before.tags;
      const change = { model, version, actor: caller.actor, at: caller.at };
      await notes.change(change, before, { tags }, 'Version Changed');
      return {};
    }),
  };
};
