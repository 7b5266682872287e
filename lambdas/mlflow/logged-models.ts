import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { TrackingStore } from './adapters/tracking-store';
import { type Caller, type Calls, call, tagListSchema, tagsOf } from './call';
import type { LoggedModel } from './contract';
import { missing, Refusal } from './domain/refusal';
import { loggedModelShape } from './domain/shapes';
import type { Places } from './places';

const MAX_SEARCHED = 200;

/** Calls of MLflow 3's logged models: what a run made, before it is a version of anything. */
export const loggedModelCalls = (tracking: TrackingStore, places: Places): Calls => {
  const modelOf = async (id: string, { identity }: Caller): Promise<LoggedModel> => {
    requireRole(identity, 'model:read');
    const found = await tracking.loggedModel(id);
    if (found === undefined) throw missing(`Logged model with ID '${id}' not found.`);
    return found;
  };

  const ownModel = async (id: string, caller: Caller): Promise<LoggedModel> => {
    requireRole(caller.identity, 'model:upload');
    const model = await modelOf(id, caller);
    if (model.creator !== caller.identity.id)
      throw new Refusal('PERMISSION_DENIED', `logged model ${id} is another's; log one of your own`);
    return model;
  };

  const identified = z.object({ model_id: z.string().max(100) });

  return {
    'POST logged-models': call(
      z.object({
        experiment_id: z.string().default('0'),
        name: z.string().max(500).optional(),
        model_type: z.string().max(500).optional(),
        source_run_id: z.string().max(100).optional(),
        params: tagListSchema,
        tags: tagListSchema,
      }),
      async (given, { identity, at }) => {
        requireRole(identity, 'model:upload');
        const modelId = `m-${randomBytes(16).toString('hex')}`;
        const model: LoggedModel = {
          modelId,
          experimentId: given.experiment_id,
          name: given.name ?? modelId,
          modelType: given.model_type ?? '',
          ...(given.source_run_id ? { sourceRunId: given.source_run_id } : {}),
          creator: identity.id,
          artifactUri: `${places.uriFor(identity)}${given.experiment_id}/models/${modelId}/artifacts`,
          status: 'LOGGED_MODEL_PENDING',
          createdAt: at,
          updatedAt: at,
          tags: tagsOf(given.tags),
          params: tagsOf(given.params),
        };
        await tracking.putLoggedModel(model);
        return { model: loggedModelShape(model) };
      },
    ),
    'GET logged-models/{id}': call(identified.loose(), async ({ model_id }, caller) => ({
      model: loggedModelShape(await modelOf(model_id, caller)),
    })),
    'PATCH logged-models/{id}': call(
      identified.extend({ status: z.union([z.string(), z.number().transform(String)]) }),
      async ({ model_id, status }, caller) => {
        const next = { ...(await ownModel(model_id, caller)), status, updatedAt: caller.at };
        await tracking.putLoggedModel(next);
        return { model: loggedModelShape(next) };
      },
    ),
    'PATCH logged-models/{id}/tags': call(
      identified.extend({ tags: tagListSchema }),
      async ({ model_id, tags }, caller) => {
        const model = await ownModel(model_id, caller);
        await tracking.putLoggedModel({ ...model, tags: { ...model.tags, ...tagsOf(tags) }, updatedAt: caller.at });
        return {};
      },
    ),
    'POST logged-models/{id}/params': call(
      identified.extend({ params: tagListSchema }),
      async ({ model_id, params }, caller) => {
        const model = await ownModel(model_id, caller);
        await tracking.putLoggedModel({
          ...model,
          params: { ...model.params, ...tagsOf(params) },
          updatedAt: caller.at,
        });
        return {};
      },
    ),
    'POST logged-models/search': call(
      z.object({ experiment_ids: z.array(z.string()).max(100).default([]) }).loose(),
      async ({ experiment_ids }, { identity }) => {
        requireRole(identity, 'model:read');
        const ids = (await Promise.all(experiment_ids.map((id) => tracking.loggedModelsOf(id)))).flat();
        const models = await Promise.all(ids.slice(0, MAX_SEARCHED).map((id) => tracking.loggedModel(id)));
        return { models: models.flatMap((model) => (model === undefined ? [] : [loggedModelShape(model)])) };
      },
    ),
  };
};
