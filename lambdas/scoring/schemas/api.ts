import * as z from 'zod';
import type { Operation } from '../../kernel/contract';
import { modelPathSchema, versionPathSchema } from '../../registry/contract';
import type { SCORING_ROUTES } from '../contract';
import { inferenceRequestSchema } from '../domain/decode-request';
import {
  inferenceAnswerSchema,
  invocationAnswerSchema,
  invocationSchema,
  liveSchema,
  modelMetadataSchema,
  modelReadySchema,
  readySchema,
  serverMetadataSchema,
} from './protocol';

type KeyOf<R> = R extends { readonly method: infer M extends string; readonly path: infer P extends string }
  ? `${M} ${P}`
  : never;

/** What a route of scoring takes and answers; method, path and whether it is open are the route's own. */
export type ScoringOperation = Omit<Operation, 'method' | 'path' | 'open'> & {
  readonly id: string;
  /** Whose errors it answers. @default 'inference' */
  readonly protocol?: 'inference' | 'invocation';
};

const infer = {
  body: inferenceRequestSchema,
  answer: inferenceAnswerSchema,
  refusals: ['too-large', 'upstream-failed'],
} satisfies Partial<ScoringOperation>;
/** The typed document of a model. */
const openapi = { answer: z.looseObject({ openapi: z.string() }) };

/** A description of each route: a route without one does not compile. */
export const SCORING_OPERATIONS = {
  'GET /v2': { id: 'readServer', summary: 'The server and its extensions', answer: serverMetadataSchema },
  'GET /v2/health/live': { id: 'isLive', summary: 'Whether the server lives', answer: liveSchema },
  'GET /v2/health/ready': { id: 'isReady', summary: 'Whether the server is ready', answer: readySchema },
  'GET /v2/models/{model}': {
    id: 'describeModel',
    summary: 'What a model takes and answers',
    params: modelPathSchema,
    answer: modelMetadataSchema,
  },
  'GET /v2/models/{model}/ready': {
    id: 'isModelReady',
    summary: 'Whether a model is ready',
    params: modelPathSchema,
    answer: modelReadySchema,
  },
  'GET /v2/models/{model}/openapi.json': {
    id: 'readModelApi',
    summary: 'The typed OpenAPI document of a model',
    params: modelPathSchema,
    ...openapi,
  },
  'POST /v2/models/{model}/infer': { id: 'infer', summary: 'Predicts', params: modelPathSchema, ...infer },
  'GET /v2/models/{model}/versions/{version}': {
    id: 'describeVersion',
    summary: 'What a version that serves takes and answers',
    params: versionPathSchema,
    answer: modelMetadataSchema,
  },
  'GET /v2/models/{model}/versions/{version}/ready': {
    id: 'isVersionReady',
    summary: 'Whether a version is ready',
    params: versionPathSchema,
    answer: modelReadySchema,
  },
  'GET /v2/models/{model}/versions/{version}/openapi.json': {
    id: 'readVersionApi',
    summary: 'The typed OpenAPI document of a version that serves',
    params: versionPathSchema,
    ...openapi,
  },
  'POST /v2/models/{model}/versions/{version}/infer': {
    id: 'inferWithVersion',
    summary: 'Predicts with a version that serves, by its number',
    params: versionPathSchema,
    ...infer,
  },
  'POST /models/{model}/invocations': {
    id: 'invoke',
    summary: 'Predicts for rows of named columns, in the MLflow scoring protocol',
    params: modelPathSchema,
    body: invocationSchema,
    answer: invocationAnswerSchema,
    refusals: ['too-large', 'unsupported', 'upstream-failed'],
    protocol: 'invocation',
  },
} satisfies Record<KeyOf<(typeof SCORING_ROUTES)[number]>, ScoringOperation>;
