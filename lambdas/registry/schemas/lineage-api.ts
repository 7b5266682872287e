import * as z from 'zod';
import { declareApi, pageOf, pageQuerySchema } from '../../kernel/contract';
import { lineageSchema, versionSummarySchema } from './api';
import { datasetPathSchema, datasetRecordSchema } from './dataset';
import { evaluationSummarySchema } from './evaluation-summary';
import { versionFlagSchema } from './model-version';
import {
  actorSchema,
  modelNameSchema,
  sha256Schema,
  timestampSchema,
  ulidSchema,
  versionNumberSchema,
  versionPathSchema,
  versionRefSchema,
} from './names';

/** A version as lineage leads to it. */
const relatedVersionSchema = versionSummarySchema.extend({
  parent: versionNumberSchema.optional(),
  /** Of those that were not trained on the dataset, or by the code, themselves: the ancestor that was. */
  through: versionNumberSchema.optional(),
});
export type RelatedVersion = z.infer<typeof relatedVersionSchema>;

const ancestorSchema = z.object({
  version: versionNumberSchema,
  status: versionSummarySchema.shape.status,
  rootDigest: sha256Schema.optional(),
  lineage: lineageSchema,
  flags: z.array(versionFlagSchema).optional(),
});

const reviewSchema = z.object({
  reviewer: actorSchema,
  decision: z.enum(['approve', 'reject']),
  comment: z.string(),
  at: timestampSchema,
});

/** What a prediction was made with. */
export const predictionLineageSchema = z.object({
  model: modelNameSchema,
  version: versionNumberSchema,
  rootDigest: sha256Schema.optional(),
  predictedAt: timestampSchema,
  requestId: ulidSchema,
  /** Row of the request, from 0. */
  row: z.number().int().nonnegative(),
  role: z.enum(['champion', 'challenger', 'champion-fallback']),
  /** Probability with which this version was drawn to answer. */
  propensity: z.number(),
  rollout: z
    .object({
      id: ulidSchema,
      /** As it is now. */
      status: z.string().optional(),
      champion: versionRefSchema.optional(),
      challenger: versionRefSchema.optional(),
    })
    .optional(),
  approval: z
    .object({
      id: ulidSchema,
      status: z.string(),
      decidedAt: timestampSchema.optional(),
      reviews: z.array(reviewSchema),
    })
    .optional(),
  evaluation: evaluationSummarySchema.optional(),
  lineage: lineageSchema,
  flags: z.array(versionFlagSchema),
});
export type PredictionLineage = z.infer<typeof predictionLineageSchema>;

const yesOrNo = z.enum(['true', 'false']);

/** What the registry answers about where versions come from. */
export const LINEAGE_API = declareApi({
  listDatasets: {
    method: 'GET',
    path: '/api/v1/datasets',
    summary: 'Datasets that versions were trained on, A to Z',
    query: pageQuerySchema,
    answer: pageOf(datasetRecordSchema),
  },
  readDataset: {
    method: 'GET',
    path: '/api/v1/datasets/{name}/{digest}',
    summary: 'A dataset, and whether it was withdrawn',
    params: datasetPathSchema,
    answer: datasetRecordSchema,
  },
  listDatasetVersions: {
    method: 'GET',
    path: '/api/v1/datasets/{name}/{digest}/versions',
    summary: 'Versions that were trained on a dataset, or made from such',
    params: datasetPathSchema,
    query: pageQuerySchema.extend({
      /** Only what is champion or challenger now. */
      serving: yesOrNo.default('false'),
      /** With the versions that were made from them. */
      transitive: yesOrNo.default('true'),
    }),
    answer: pageOf(relatedVersionSchema),
  },
  listCodeVersions: {
    method: 'GET',
    path: '/api/v1/code/versions',
    summary: 'Versions that a commit trained, or made from such',
    query: pageQuerySchema.extend({
      repo: z.string().min(1).max(512),
      commit: z.string().min(1).max(64),
      serving: yesOrNo.default('false'),
      transitive: yesOrNo.default('true'),
    }),
    answer: pageOf(relatedVersionSchema),
  },
  readLineage: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}/lineage',
    summary: 'What a version was made from: itself first, then its ancestors',
    params: versionPathSchema,
    query: pageQuerySchema,
    answer: pageOf(ancestorSchema),
  },
  listDescendants: {
    method: 'GET',
    path: '/api/v1/models/{model}/versions/{version}/descendants',
    summary: 'Versions that were made from a version',
    params: versionPathSchema,
    query: pageQuerySchema,
    answer: pageOf(relatedVersionSchema),
  },
  tracePrediction: {
    method: 'GET',
    path: '/api/v1/predictions/{id}/lineage',
    summary: 'What a prediction was made with',
    params: z.object({ id: z.string().min(1).max(256) }),
    answer: predictionLineageSchema,
    refusals: ['gone'],
  },
});
