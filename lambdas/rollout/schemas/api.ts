import * as z from 'zod';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { idPathSchema, modelNameSchema, modelPathSchema, versionRefSchema } from '../../registry/contract';
import { rollbackSchema, rolloutCommandSchema, rolloutViewSchema } from '../contract';
import { stepEvidenceSchema } from '../domain/evidence';

/** A rollout with what outcomes say in its step; null when it is over. */
export const judgedRolloutSchema = rolloutViewSchema.and(z.object({ evidence: stepEvidenceSchema.nullable() }));

/** What rollout answers at. */
export const ROLLOUT_API = declareApi({
  listRollouts: {
    method: 'GET',
    path: '/api/v1/models/{model}/rollouts',
    summary: 'Rollouts of a model, the latest first',
    params: modelPathSchema,
    query: pageQuerySchema,
    answer: pageOf(rolloutViewSchema),
  },
  readRollout: {
    method: 'GET',
    path: '/api/v1/rollouts/{id}',
    summary: 'A rollout and the evidence of its step',
    params: idPathSchema,
    answer: judgedRolloutSchema,
  },
  commandRollout: {
    method: 'POST',
    path: '/api/v1/rollouts/{id}/commands',
    summary: 'Rolls a challenger back, or promotes it when a person is asked',
    params: idPathSchema,
    body: rolloutCommandSchema,
    answer: rolloutViewSchema,
    refusals: ['conflict'],
  },
  rollBack: {
    method: 'POST',
    path: '/api/v1/models/{model}/rollback',
    summary: 'Puts traffic back on the champion, or on the one before it',
    params: modelPathSchema,
    body: rollbackSchema,
    answer: z.object({ model: modelNameSchema, champion: versionRefSchema }),
    refusals: ['conflict'],
  },
});
