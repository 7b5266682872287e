import * as z from 'zod';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { modelNameSchema, ulidSchema, versionRefSchema } from '../../registry/contract';
import { rollbackSchema, rolloutCommandSchema, rolloutViewSchema } from '../contract';
import { stepEvidenceSchema } from '../domain/evidence';

const modelPath = z.object({ model: modelNameSchema });
const idPath = z.object({ id: ulidSchema });

/** A rollout with what outcomes say in its step; null when it is over. */
export const judgedRolloutSchema = rolloutViewSchema.and(z.object({ evidence: stepEvidenceSchema.nullable() }));

/** What rollout answers at. */
export const ROLLOUT_API = declareApi({
  listRollouts: {
    method: 'GET',
    path: '/api/v1/models/{model}/rollouts',
    summary: 'Rollouts of a model, the latest first',
    params: modelPath,
    query: pageQuerySchema,
    answer: pageOf(rolloutViewSchema),
  },
  readRollout: {
    method: 'GET',
    path: '/api/v1/rollouts/{id}',
    summary: 'A rollout and the evidence of its step',
    params: idPath,
    answer: judgedRolloutSchema,
  },
  commandRollout: {
    method: 'POST',
    path: '/api/v1/rollouts/{id}/commands',
    summary: 'Rolls a challenger back, or promotes it when a person is asked',
    params: idPath,
    body: rolloutCommandSchema,
    answer: rolloutViewSchema,
    refusals: ['conflict'],
  },
  rollBack: {
    method: 'POST',
    path: '/api/v1/models/{model}/rollback',
    summary: 'Puts traffic back on the champion, or on the one before it',
    params: modelPath,
    body: rollbackSchema,
    answer: z.object({ model: modelNameSchema, champion: versionRefSchema }),
    refusals: ['conflict'],
  },
});
