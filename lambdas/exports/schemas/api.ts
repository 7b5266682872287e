import * as z from 'zod';
import { declareApi } from '../../kernel/contract';
import { versionPathSchema } from '../../registry/contract';
import { modelCardSchema } from './model-card';
import { runEventSchema } from './open-lineage';

/** A version's record in the forms that people and tools elsewhere read. */
export const EXPORTS_API = declareApi({
  readCard: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}/card',
    summary: 'The model card, as JSON or Markdown',
    params: versionPathSchema,
    query: z.object({
      format: z.enum(['json', 'markdown']).optional().describe('Before what `Accept` says; JSON without either'),
    }),
    answer: modelCardSchema,
    text: 'text/markdown',
  },
  readBom: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}/bom',
    summary: 'The ML bill of materials, CycloneDX 1.6',
    params: versionPathSchema,
    answer: z.looseObject({ bomFormat: z.literal('CycloneDX'), specVersion: z.literal('1.6') }),
  },
  readOpenLineage: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}/openlineage',
    summary: 'Training and evaluation as OpenLineage run events',
    params: versionPathSchema,
    answer: z.object({ events: z.array(runEventSchema) }),
  },
});
