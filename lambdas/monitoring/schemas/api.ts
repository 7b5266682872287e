import * as z from 'zod';
import { declareApi } from '../../kernel/contract';
import { modelNameSchema, modelPathSchema, timestampSchema, versionNumberSchema } from '../../registry/contract';
import { outcomesSchema } from '../contract';

/** What outcomes say about a version, for people; means are absent while there are no outcomes. */
export const shownEvidenceSchema = z.object({
  version: versionNumberSchema,
  /** How many came back within the window. */
  outcomes: z.number().int().nonnegative(),
  accuracy: z.number().optional(),
  loss: z.number().optional(),
  /** Sum, in the currency of the model's value table. */
  value: z.number().optional(),
  outcomeDelaySeconds: z.number().optional(),
  /** Null until there is a baseline. */
  drift: z
    .object({
      /** ln of the mixed evidence, and of the threshold from which on it alarms. */
      logMix: z.number(),
      logThreshold: z.number(),
      alarmed: z.boolean(),
      largestStream: z.string(),
      batches: z.number().int().nonnegative(),
      /** The baseline is still small. */
      provisional: z.boolean(),
      since: timestampSchema.nullable(),
    })
    .nullable(),
});
export type ShownEvidence = z.infer<typeof shownEvidenceSchema>;

/** What monitoring answers at. */
export const MONITORING_API = declareApi({
  sendOutcomes: {
    method: 'POST',
    path: '/api/v1/models/{model}/outcomes',
    summary: 'Takes what came true of predictions, by their ids',
    params: modelPathSchema,
    body: outcomesSchema,
    answer: z.object({ /** Outcomes of the request. */ accepted: z.number().int().nonnegative() }),
    status: 202,
    refusals: ['gone', 'not-ready'],
  },
  readEvidence: {
    method: 'GET',
    path: '/api/v1/models/{model}/evidence',
    summary: 'What outcomes say about the versions that serve',
    params: modelPathSchema,
    answer: z.object({ model: modelNameSchema, versions: z.array(shownEvidenceSchema) }),
  },
});
