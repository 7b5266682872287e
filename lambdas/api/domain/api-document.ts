import * as z from 'zod';
import { GATEWAY_REFUSALS, type Operation, problemSchema } from '../../kernel/contract';
import { type ErrorCode, HTTP_STATUS } from '../../kernel/errors';
import { inferenceErrorSchema, invocationErrorSchema } from '../../scoring/schemas/protocol';
import { type DescribedOperation, describedOperations } from './described-operations';
import { type JsonSchema, SchemaConverter } from './schema-converter';

export interface ApiDocument {
  readonly openapi: '3.1.0';
  readonly info: object;
  readonly servers: readonly object[];
  readonly tags: readonly object[];
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Readonly<Record<string, object>>;
}

const DESCRIPTION =
  'Model Ops: uploads become versions, which are evaluated, approved, rolled out step by step, served and watched. ' +
  'Lists take `limit` and an opaque `cursor`. Errors below `/api/v1` are problem+json; those of the prediction protocols are ' +
  'each protocol’s own. What the gateway refuses itself (401, 403, 413, 429, 503) is `{"message": …}`. ' +
  'Each model has a typed document of its own at `/v2/models/{model}/openapi.json`.';

const gatewaySchema = z.object({ message: z.string() });

const ERRORS = {
  problem: { type: 'application/problem+json', schema: problemSchema },
  inference: { type: 'application/json', schema: inferenceErrorSchema },
  invocation: { type: 'application/json', schema: invocationErrorSchema },
} as const;

const WORDS: Readonly<Record<ErrorCode, string>> = {
  'invalid-input': 'The request is not as it should be',
  unauthenticated: 'The request carries no valid token',
  forbidden: 'The caller may not do this',
  'not-found': 'There is no such thing',
  conflict: 'Something else happened meanwhile, or the state does not admit it',
  gone: 'What the request speaks of was kept for a while, and is no more',
  'too-large': 'The request, or its answer, is too large',
  unsupported: 'The content type is not supported',
  throttled: 'Too many requests',
  'not-ready': 'Not ready; try again',
  'upstream-failed': 'What answers for the model failed',
  internal: 'Something went wrong on our side',
};

/** Every refusal that an operation of this shape may meet, by its own doing or the gateway's. */
const refusalsOf = ({ operation, protocol }: DescribedOperation): readonly ErrorCode[] => {
  const { params, query, body, open, refusals = [] } = operation;
  if (open) return ['throttled', 'not-ready'];
  const found = new Set<ErrorCode>(['unauthenticated', 'forbidden', 'throttled', 'internal', 'not-ready', ...refusals]);
  if (params || query || body) found.add('invalid-input');
  if (params) found.add('not-found');
  if (body) found.add('too-large');
  if (params && protocol !== 'problem') found.add('upstream-failed');
  return [...found].sort((a, b) => HTTP_STATUS[a] - HTTP_STATUS[b]);
};

const jsonContent = (schema: JsonSchema, type = 'application/json'): object => ({ [type]: { schema } });

/** Parameters of one place, from the object schema that parses them. */
const parametersOf = (converter: SchemaConverter, schema: z.ZodType | undefined, place: 'path' | 'query'): object[] => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = converter.convert(schema, 'input');
  return Object.entries(properties).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: part,
  }));
};

const errorsOf = (converter: SchemaConverter, described: DescribedOperation): object => {
  const { type, schema } = ERRORS[described.protocol];
  const gateway = jsonContent(converter.convert(gatewaySchema, 'output'));
  const own = converter.convert(schema, 'output');
  return Object.fromEntries(
    refusalsOf(described).map((code) => {
      const isGateway = GATEWAY_REFUSALS.includes(code);
      const both = type === 'application/json' ? { anyOf: [own, converter.convert(gatewaySchema, 'output')] } : own;
      const content = isGateway ? { ...gateway, ...jsonContent(both, type) } : jsonContent(own, type);
      return [HTTP_STATUS[code], { description: WORDS[code], content }];
    }),
  );
};

const bodyOf = (converter: SchemaConverter, { operation, protocol }: DescribedOperation): object => {
  if (operation.body === undefined) return {};
  const content = {
    ...jsonContent(converter.convert(operation.body, 'input')),
    ...(protocol === 'invocation' ? jsonContent({ type: 'string' }, 'text/csv') : {}),
  };
  return { requestBody: { required: true, content } };
};

const describe = (converter: SchemaConverter, described: DescribedOperation): object => {
  const { id, tag, operation } = described;
  const { summary, params, query, answer, text, status = 200, open } = operation;
  const content = {
    ...jsonContent(converter.convert(answer, 'output')),
    ...(text === undefined ? {} : jsonContent({ type: 'string' }, text)),
  };
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(open ? { security: [] } : {}),
    parameters: [...parametersOf(converter, params, 'path'), ...parametersOf(converter, query, 'query')],
    ...bodyOf(converter, described),
    responses: {
      [status]: { description: 'Success', content },
      ...errorsOf(converter, described),
    },
  };
};

const methodOf = ({ method }: Operation): string => method.toLowerCase();

/** The OpenAPI 3.1 document of the whole API, from the declarations that handlers parse by and the gateway is mounted by. */
export const apiDocument = (version: string): ApiDocument => {
  const converter = new SchemaConverter();
  const paths: Record<string, Record<string, object>> = {};
  const all = describedOperations();
  for (const described of all) {
    const { path } = described.operation;
    paths[path] = { ...paths[path], [methodOf(described.operation)]: describe(converter, described) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Contender',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(all.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: converter.components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
};
