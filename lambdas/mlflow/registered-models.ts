import * as z from 'zod';
import { authorize, requireRole } from '../access/domain/authorize';
import type { Model } from '../registry/contract';
import type { Change, NotesStore } from './adapters/notes-store';
import { type Caller, type Calls, call } from './call';
import { DECIDED_ALIASES, namedSchema } from './contract';
import { invalid, missing, Refusal } from './domain/refusal';
import { modelVersionShape, registeredModelShape } from './domain/shapes';
import { withoutTag, withTag } from './domain/tags';
import type { ModelViews } from './model-views';
import { aliased, aliasedVersion, description, keyed, modelSearch, tagged, tags } from './registry-parameters';
import { searchModels } from './search-models';

export interface RegisteredModelPorts {
  readonly views: ModelViews;
  readonly notes: NotesStore;
}

/** The one stage that versions have, now that approval and rollout say where one stands. */
const NO_STAGE = 'none';
const STAGES: ReadonlySet<string> = new Set([NO_STAGE, 'staging', 'production', 'archived']);

const stagesSchema = z
  .union([z.array(z.string()), z.string().transform((stage) => [stage])])
  .default([])
  .transform((stages) => stages.filter((stage) => stage !== '').map((stage) => stage.toLowerCase()));

const checkAlias = (alias: string): void => {
  if (DECIDED_ALIASES.has(alias.toLowerCase()))
    throw new Refusal(
      'PERMISSION_DENIED',
      `the alias ${alias} is not set by hand: a version becomes ${alias} when reviewers approve it and its rollout says so. Reviewers see it with "contender approvals"; ask one of them to approve it, or push it with "contender push"`,
    );
  if (alias.toLowerCase() === 'latest' || /^v\d+$/i.test(alias))
    throw invalid(`the alias ${alias} is reserved; choose another name`);
};

/** What the caller may do with a model, before anything is done. */
class ModelGate {
  constructor(private readonly views: ModelViews) {}

  private async allowed(action: 'model:read' | 'model:upload', name: string, { identity }: Caller): Promise<Model> {
    requireRole(identity, action);
    const model = await this.views.model(name);
    authorize(identity, action, await this.views.access(model.model));
    return model;
  }

  async changeable(name: string, caller: Caller): Promise<Change> {
    const { model } = await this.allowed('model:upload', name, caller);
    return { model, actor: caller.actor, at: caller.at };
  }

  async readable(name: string, caller: Caller): Promise<string> {
    return (await this.allowed('model:read', name, caller)).model;
  }
}

const modelCalls = ({ views, notes }: RegisteredModelPorts, gate: ModelGate): Calls => {
  const shapeOf = async (model: string) => ({ registered_model: registeredModelShape(await views.modelView(model)) });
  return {
    'POST registered-models/create': call(
      namedSchema.extend({ tags, description: description.optional() }),
      async ({ name, tags: given, description: text }, caller) => {
        requireRole(caller.identity, 'model:upload');
        const said = {
          ...(Object.keys(given).length > 0 ? { tags: given } : {}),
          ...(text ? { description: text } : {}),
        };
        if (await notes.createModel({ model: name, actor: caller.actor, at: caller.at }, said)) return shapeOf(name);
        const known = (await views.find(name))?.model ?? name;
        const also = known === name ? '' : ` It is written ${known}: names are the same whatever their case.`;
        throw new Refusal('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.${also}`);
      },
    ),
    'GET registered-models/get': call(namedSchema, async ({ name }, caller) =>
      shapeOf(await gate.readable(name, caller)),
    ),
    'PATCH registered-models/update': call(
      namedSchema.extend({ description }),
      async ({ name, description: text }, caller) => {
        const change = await gate.changeable(name, caller);
        await notes.change(change, 'Model Changed', () => ({ description: text }));
        return shapeOf(change.model);
      },
    ),
    'POST registered-models/rename': call(z.object({}).loose(), async () => {
      throw new Refusal(
        'PERMISSION_DENIED',
        'models are not renamed: records, endpoints and prediction ids go by the name. Register the model under another name instead',
      );
    }),
    'DELETE registered-models/delete': call(namedSchema, async ({ name }, caller) => {
      const change = await gate.changeable(name, caller);
      if (await views.isServed(change.model))
        throw new Refusal(
          'PERMISSION_DENIED',
          `${change.model} serves: applications call it, and records go by its name. It cannot be deleted`,
        );
      await notes.change(change, 'Model Archived', () => ({ archivedAt: caller.at }));
      return {};
    }),
    'POST registered-models/set-tag': call(tagged, async ({ name, key, value }, caller) => {
      const change = await gate.changeable(name, caller);
      await notes.change(change, 'Model Changed', (before) => withTag(before.tags, key, value));
      return {};
    }),
    'DELETE registered-models/delete-tag': call(keyed, async ({ name, key }, caller) => {
      const change = await gate.changeable(name, caller);
      await notes.change(change, 'Model Changed', (before) => withoutTag(before.tags, key));
      return {};
    }),
  };
};

const aliasCalls = ({ views, notes }: RegisteredModelPorts, gate: ModelGate): Calls => ({
  'POST registered-models/alias': call(aliasedVersion, async ({ name, alias, version }, caller) => {
    const change = await gate.changeable(name, caller);
    checkAlias(alias);
    await views.version(change.model, version);
    await notes.setAlias({ ...change, version }, alias, version);
    return {};
  }),
  'DELETE registered-models/alias': call(aliased, async ({ name, alias }, caller) => {
    const change = await gate.changeable(name, caller);
    checkAlias(alias);
    await notes.removeAlias(change, alias);
    return {};
  }),
  'GET registered-models/alias': call(aliased, async ({ name, alias }, caller) => {
    const model = await gate.readable(name, caller);
    if (alias.toLowerCase() === 'latest') {
      const latest = await views.latest(await views.context(model));
      if (latest === undefined) throw missing(`Latest version not found for model ${model}.`);
      return { model_version: modelVersionShape(latest) };
    }
    const version = await views.aliased(model, alias);
    if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
    return { model_version: modelVersionShape(await views.versionView(model, version)) };
  }),
});

const latestSchema = namedSchema.extend({ stages: stagesSchema });

export const registeredModelCalls = (ports: RegisteredModelPorts): Calls => {
  const { views } = ports;
  const gate = new ModelGate(views);
  const search = call(modelSearch, (asked, caller) => searchModels(asked, caller, views));
  /** Versions have no stages: whoever asks for one by name finds none there. */
  const latestVersions = call(latestSchema, async ({ name, stages }, caller) => {
    const model = await gate.readable(name, caller);
    const unknown = stages.find((stage) => !STAGES.has(stage));
    if (unknown !== undefined)
      throw invalid(
        `Invalid Model Version stage: ${unknown}. Value must be one of None, Staging, Production, Archived.`,
      );
    if (stages.length > 0 && !stages.includes(NO_STAGE)) return { model_versions: [] };
    const latest = await views.latest(await views.context(model));
    return { model_versions: latest === undefined ? [] : [modelVersionShape(latest)] };
  });
  return {
    ...modelCalls(ports, gate),
    ...aliasCalls(ports, gate),
    'GET registered-models/search': search,
    'POST registered-models/search': search,
    'POST registered-models/get-latest-versions': latestVersions,
    'GET registered-models/get-latest-versions': latestVersions,
  };
};
