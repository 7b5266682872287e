import * as z from 'zod';
import { GATEWAY_REFUSALS } from '../../../kernel/contract';
import { HTTP_STATUS } from '../../../kernel/errors';
import { inferenceErrorSchema, invocationErrorSchema } from '../../schemas/protocol';
import { INFER_PARAMETERS, inferOperation, ROUTING_KEY } from './infer-operation';
import type { RequestLimits } from './inference-schemas';
import { invocationOperation } from './invocation-operation';
import { arrayOf, objectOf, ref, type Schema } from './json-schema';
import { type DescribedVersion, tabularInputs } from './signature-view';

export interface DocumentOptions extends RequestLimits {
  /** The document of a version that is asked for by number, or of the model, whose champion answers. */
  readonly pinned: boolean;
  /** Callers must send a bearer token. */
  readonly secured: boolean;
}

const REFUSED: Readonly<Record<number, string>> = {
  400: 'The request does not fit the model',
  401: 'The request carries no valid token',
  403: 'The caller may not ask this model',
  404: 'There is no such model, or the version does not serve',
  413: 'The request, or its answer, is too large',
  415: 'The content type is not supported',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
  502: 'The model failed',
  503: 'Not ready; try again',
};
/** A gateway in front answers these itself. */
const GATEWAY = new Set(GATEWAY_REFUSALS.map((code) => HTTP_STATUS[code]));
const ANY = [HTTP_STATUS['not-found'], HTTP_STATUS.throttled, HTTP_STATUS.internal, HTTP_STATUS['not-ready']];
const TOKEN = [HTTP_STATUS.unauthenticated, HTTP_STATUS.forbidden];
const SCORING = [HTTP_STATUS['invalid-input'], HTTP_STATUS['too-large'], HTTP_STATUS['upstream-failed']];

const errorsOf = (statuses: readonly number[], error: string, { secured }: DocumentOptions): Schema => {
  const all = [...new Set([...statuses, ...(secured ? TOKEN : [])])].sort((a, b) => a - b);
  return Object.fromEntries(
    all.map((status) => {
      const schema = secured && GATEWAY.has(status) ? { anyOf: [ref(error), ref('GatewayError')] } : ref(error);
      return [status, { description: REFUSED[status] ?? '', content: { 'application/json': { schema } } }];
    }),
  );
};

const jsonSchemaOf = (schema: z.ZodType): Schema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest as Schema;
};

const metadataSchema = ({ model, runtime, signature }: DescribedVersion): Schema => {
  const tensor = (names: readonly string[]): Schema =>
    objectOf({
      name: { enum: names },
      datatype: { type: 'string' },
      shape: arrayOf({ type: 'integer', minimum: -1 }),
    });
  return objectOf({
    name: { const: model },
    versions: arrayOf({ type: 'string' }),
    platform: { const: runtime.kind === 'onnx' ? 'onnxruntime_onnx' : 'sagemaker_endpoint' },
    inputs: arrayOf(tensor(signature.inputs.map(({ name }) => name))),
    outputs: arrayOf(tensor(signature.outputs.map(({ name }) => name))),
  });
};

const reading = (operationId: string, summary: string, schema: string, options: DocumentOptions): Schema => ({
  operationId,
  summary,
  responses: {
    200: { description: 'Success', content: { 'application/json': { schema: ref(schema) } } },
    ...errorsOf(ANY, 'InferenceError', options),
  },
});

const pathsOf = (version: DescribedVersion, options: DocumentOptions): { paths: Schema; schemas: Schema } => {
  const tabular = tabularInputs(version.signature);
  const infer = inferOperation(version, tabular, options);
  const invocation = options.pinned ? undefined : invocationOperation(version, tabular, options.maxRows);
  const root = `/v2/models/${version.model}${options.pinned ? `/versions/${version.version}` : ''}`;
  const scoring = [...ANY, ...SCORING];
  const invoke = (found: NonNullable<typeof invocation>): Schema => ({
    [`/models/${version.model}/invocations`]: {
      post: {
        operationId: 'invoke',
        summary: 'Predicts for rows of named columns (MLflow scoring protocol)',
        parameters: [ROUTING_KEY],
        requestBody: found.requestBody,
        responses: {
          200: found.success,
          ...errorsOf([...scoring, HTTP_STATUS.unsupported], 'InvocationError', options),
        },
      },
    },
  });
  return {
    paths: {
      [`${root}/infer`]: {
        post: {
          operationId: 'infer',
          summary: 'Predicts (Open Inference Protocol v2)',
          parameters: [...(options.pinned ? [] : [ROUTING_KEY]), ...INFER_PARAMETERS],
          requestBody: infer.requestBody,
          responses: { 200: infer.success, ...errorsOf(scoring, 'InferenceError', options) },
        },
      },
      ...(invocation === undefined ? {} : invoke(invocation)),
      [root]: { get: reading('describe', 'What the model takes and answers', 'ModelMetadata', options) },
      [`${root}/ready`]: { get: reading('isReady', 'Whether the model is ready', 'ModelReady', options) },
    },
    schemas: { ...infer.schemas, ...(invocation?.schemas ?? {}) },
  };
};

const describe = ({ manifest, rootDigest, version }: DescribedVersion): string =>
  [
    ...(manifest.task === undefined ? [] : [`Task: ${manifest.task}.`]),
    ...(manifest.output?.classes === undefined ? [] : [`Classes: ${manifest.output.classes.join(', ')}.`]),
    `Made from version ${version}, root digest ${rootDigest}.`,
  ].join(' ');

/**
 * The OpenAPI 3.1 document of a model, typed by the signature of one of its versions. Its limits of 64-bit integers are
 * bigints.
 */
export const modelDocument = (version: DescribedVersion, options: DocumentOptions): Schema => {
  const { paths, schemas } = pathsOf(version, options);
  const bearer: Schema = { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } };
  const gateway: Schema = { GatewayError: objectOf({ message: { type: 'string' } }) };
  return {
    openapi: '3.1.0',
    info: { title: version.model, version: String(version.version), description: describe(version) },
    servers: [{ url: '/' }],
    ...(options.secured ? { security: [{ bearer: [] }] } : {}),
    paths,
    components: {
      schemas: {
        ...schemas,
        ModelMetadata: metadataSchema(version),
        ModelReady: objectOf({ name: { const: version.model }, ready: { type: 'boolean' } }),
        InferenceError: jsonSchemaOf(inferenceErrorSchema),
        InvocationError: jsonSchemaOf(invocationErrorSchema),
        ...(options.secured ? gateway : {}),
      },
      ...(options.secured ? { securitySchemes: bearer } : {}),
    },
  };
};
