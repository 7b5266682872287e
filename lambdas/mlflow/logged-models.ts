import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { MeasuredModel } from './adapters/logged-model-store';
import { type Calls, call, tagsOf } from './call';
import type { LoggedModel } from './contract';
import { keySchema, paramsGivenSchema, tagsGivenSchema } from './domain/entries';
import { invalid, missing } from './domain/refusal';
import { loggedModelShape } from './domain/shapes';
import { activeExperiment, modelRecord, ownModel } from './run-records';
import type { TrackingPorts } from './tracking';

/** By number, as protocol buffers may write them, and by name. A model that is whole, or failed, is not pending again. */
const STATUSES = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
];
const FINAL = STATUSES.slice(2);
const statusSchema = z
  .union([z.string(), z.number().transform((n) => STATUSES[n] ?? String(n))])
  .refine((status) => FINAL.includes(status), `a logged model becomes ${FINAL.join(' or ')}`);

const identified = z.object({ model_id: z.string().max(100) });
const createSchema = z.object({
  experiment_id: z.string().max(100).default('0'),
  // MLflow refuses those that would not do as a path.
  name: z
    .string()
    .max(500)
    .regex(/^[^/:.%"']*$/, `a model's name holds none of / : . % " '`)
    .optional(),
  model_type: z.string().max(500).optional(),
  source_run_id: z.string().max(100).optional(),
  params: paramsGivenSchema,
  tags: tagsGivenSchema,
});

export const shapeOf = (model: MeasuredModel) => loggedModelShape(model, model.metrics);

/** Calls of MLflow 3's logged models: what a run made, before it is a version of anything. */
export const loggedModelCalls = ({ tracking, places }: TrackingPorts): Calls => {
  const { loggedModels } = tracking;

  const whole = async (id: string): Promise<MeasuredModel> => {
    const found = await loggedModels.get(id);
    if (found === undefined) throw missing(`Logged model with ID '${id}' not found.`);
    return found;
  };

  return {
    'POST logged-models': call(createSchema, async (given, { identity, at }) => {
      requireRole(identity, 'model:upload');
      const { experimentId } = await activeExperiment(given.experiment_id || '0', tracking);
      const modelId = `m-${randomBytes(16).toString('hex')}`;
      const model: LoggedModel = {
        modelId,
        experimentId,
        name: given.name || modelId,
        modelType: given.model_type ?? '',
        ...(given.source_run_id ? { sourceRunId: given.source_run_id } : {}),
        creator: identity.id,
        artifactUri: `${places.uriFor(identity)}${experimentId}/models/${modelId}/artifacts`,
        status: 'LOGGED_MODEL_PENDING',
        createdAt: at,
        updatedAt: at,
        tags: tagsOf(given.tags),
        params: tagsOf(given.params),
      };
      await loggedModels.add(model);
      return { model: loggedModelShape(model) };
    }),
    'GET logged-models/{id}': call(
      identified.extend({ allow_deleted: z.enum(['true', 'false']).default('false') }),
      async ({ model_id, allow_deleted }, { identity }) => {
        requireRole(identity, 'model:read');
        if (allow_deleted === 'false') await modelRecord(model_id, tracking);
        return { model: shapeOf(await whole(model_id)) };
      },
    ),
    'PATCH logged-models/{id}': call(
      identified.extend({ status: statusSchema }),
      async ({ model_id, status }, caller) => {
        await ownModel(model_id, caller, tracking);
        await loggedModels.change(model_id, { status, updatedAt: caller.at });
        return { model: shapeOf(await whole(model_id)) };
      },
    ),
    'DELETE logged-models/{id}': call(identified, async ({ model_id }, caller) => {
      await ownModel(model_id, caller, tracking);
      await loggedModels.change(model_id, { deletedAt: caller.at, updatedAt: caller.at });
      return {};
    }),
    'PATCH logged-models/{id}/tags': call(
      identified.extend({ tags: tagsGivenSchema }),
      async ({ model_id, tags }, caller) => {
        await ownModel(model_id, caller, tracking);
        await loggedModels.setTags(model_id, tags);
        return { model: shapeOf(await whole(model_id)) };
      },
    ),
    'DELETE logged-models/{id}/tags': call(
      identified.extend({ tag_key: keySchema }),
      async ({ model_id, tag_key }, caller) => {
        await ownModel(model_id, caller, tracking);
        const { tags } = await whole(model_id);
        if (!Object.hasOwn(tags, tag_key))
          throw missing(`No tag with key '${tag_key}' found for model with ID '${model_id}'.`);
        await loggedModels.deleteTag(model_id, tag_key);
        return {};
      },
    ),
    'POST logged-models/{id}/params': call(
      identified.extend({ params: paramsGivenSchema }),
      async ({ model_id, params }, caller) => {
        await ownModel(model_id, caller, tracking);
        const [taken] = await loggedModels.setParams(model_id, params);
        if (taken !== undefined)
          throw invalid(
            `Changing param values is not allowed. Param with key='${taken.key}' was already logged with value='${taken.old}' for model ID='${model_id}'.`,
          );
        return {};
      },
    ),
  };
};
