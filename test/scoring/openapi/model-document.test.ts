import fc from 'fast-check';
import { stringify } from 'lossless-json';
import { decodeInvocation } from '../../../lambdas/scoring/domain/decode-invocation';
import { decodeRequest } from '../../../lambdas/scoring/domain/decode-request';
import { modelDocument } from '../../../lambdas/scoring/domain/openapi/model-document';
import { parseJson } from '../../../lambdas/scoring/domain/parse-json';
import { faultsOf, operationsOf, schemasOf, type WireDocument } from '../../api/openapi-validation';
import { challenger, champion, ROUTES, world } from '../scoring-world';
import { BINARY_SIGNATURE, refOf, versionOf } from '../versions';
import { DESCRIBED, SERVED } from './described-versions';
import { recordsFrom, requestsFrom } from './requests-from-schema';

const OPTIONS = { pinned: false, secured: false, maxRows: undefined, inputPlace: undefined };
const OWN_PLACE = 's3://up.loads/requests/shop/';
const textOf = (document: object): string => stringify(document) ?? '';
const wireOf = (document: object): WireDocument => JSON.parse(textOf(document));
const documentOf = (name: string): WireDocument => wireOf(modelDocument(DESCRIBED[name] ?? champion, OPTIONS));
const schemaIn = (document: WireDocument, name: string) => document.components.schemas[name];
const contentOf = (document: WireDocument, id: string) =>
  operationsOf(document).find(({ operation }) => operation.operationId === id)?.operation.requestBody?.content;
const exampleOf = (document: WireDocument, id = 'infer') => contentOf(document, id)?.['application/json']?.example;

describe.each(Object.entries(DESCRIBED))('the document of a version: %s', (name, version) => {
  const document = documentOf(name);

  test.each([
    [false, false],
    [true, true],
  ])('is valid OpenAPI 3.1 (pinned %s, secured %s)', async (pinned, secured) => {
    const inputPlace = secured ? OWN_PLACE : undefined;
    expect(await faultsOf(wireOf(modelDocument(version, { pinned, secured, maxRows: 1000, inputPlace })))).toEqual([]);
  });

  test('has examples that its own schemas and the decoder take', () => {
    const request = exampleOf(document);
    const validate = schemasOf(document)('InferenceRequest');
    expect([validate(request), validate.errors]).toEqual([true, null]);
    expect(decodeRequest(request, version.signature).rows).toBeGreaterThan(0);
  });

  test('has invocations as examples, in JSON and CSV, that its own schemas and the decoder take', () => {
    const content = contentOf(document, 'invoke');
    if (content === undefined) return;
    const validate = schemasOf(document)('Invocation');
    const example = exampleOf(document, 'invoke');
    expect([validate(example), validate.errors]).toEqual([true, null]);
    const decoded = decodeInvocation(JSON.stringify(example), { type: 'application/json' }, version.signature);
    const csv = content['text/csv']?.example;
    if (typeof csv !== 'string') return;
    expect(decodeInvocation(csv, { type: 'text/csv', hasHeader: true }, version.signature)).toEqual(decoded);
  });

  test('describes requests that the decoder takes, and that its schemas hold valid', () => {
    const described = modelDocument(version, OPTIONS);
    const validate = schemasOf(document)('InferenceRequest');
    fc.assert(
      fc.property(requestsFrom(described), (request) => {
        const text = textOf(request);
        expect([validate(JSON.parse(text)), validate.errors]).toEqual([true, null]);
        decodeRequest(parseJson(text, { exactIntegers: true }), version.signature);
      }),
      { numRuns: 50 },
    );
  });

  test('describes rows of named columns that the decoder takes, and that its schemas hold valid', () => {
    const records = recordsFrom(modelDocument(version, OPTIONS));
    if (records === undefined) return;
    const validate = schemasOf(document)('Invocation');
    fc.assert(
      fc.property(records, (invocation) => {
        const text = textOf(invocation);
        expect([validate(JSON.parse(text)), validate.errors]).toEqual([true, null]);
        expect(decodeInvocation(text, { type: 'application/json' }, version.signature).rows).toBe(4);
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(Object.entries(SERVED))('the example for %s', (_name, version) => {
  test('is scored, and the answer is as the document says', async () => {
    const { call } = world({ ...ROUTES.champion, champion: refOf(version) }, {}, { champion: version });
    const { json: document } = await call('GET', '/v2/models/credit/openapi.json');
    const response = await call('POST', '/v2/models/credit/infer', exampleOf(document));
    expect(response.status).toBe(200);
    const validate = schemasOf(document)('InferenceAnswer');
    expect([validate(response.json), validate.errors]).toEqual([true, null]);
    const invoked = await call('POST', '/models/credit/invocations', exampleOf(document, 'invoke'));
    expect(invoked.status).toBe(200);
    const answers = schemasOf(document)('InvocationAnswer');
    expect([answers(invoked.json), answers.errors]).toEqual([true, null]);
    const metadata = await call('GET', '/v2/models/credit');
    expect(schemasOf(document)('ModelMetadata')(metadata.json)).toBe(true);
  });
});

test('an input has its exact name, datatype, fixed sizes and element type', () => {
  const validate = schemasOf(documentOf('binary'))('InferenceRequest');
  const X = { name: 'X', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] };
  const takes = (input: object) => validate({ inputs: [{ ...X, ...input }] });
  expect(takes({})).toBe(true);
  expect(takes({ data: [[1, 2, 3]] })).toBe(true);
  expect(takes({ name: 'Y' })).toBe(false);
  expect(takes({ datatype: 'FP64' })).toBe(false);
  expect(takes({ shape: [1, 4] })).toBe(false);
  expect(takes({ shape: [0, 3] })).toBe(false);
  expect(takes({ data: ['1', 2, 3] })).toBe(false);
  expect(takes({ data: [1e39, 2, 3] })).toBe(false);
  expect(validate({ inputs: [X, X] })).toBe(false);
});

test('a row has a typed property a column, with its range, levels, unit and what may be missing', () => {
  expect(schemaIn(documentOf('binary with limits'), 'Row')).toEqual({
    type: 'object',
    additionalProperties: false,
    required: ['region', 'tenure'],
    properties: {
      age: {
        title: 'age',
        description: 'In years. Anything else is refused. Where it is missing, NaN stands for it.',
        'x-unit': 'years',
        anyOf: [{ type: 'number', minimum: 18, maximum: 120 }, { type: 'null' }],
      },
      region: { title: 'region', description: 'Anything else is refused.', type: 'string', enum: ['n', 's', 'e'] },
      tenure: expect.objectContaining({ type: 'integer', minimum: 0, maximum: 2 ** 24 }),
    },
  });
});

test('a prediction has the columns of output.respond, and a label is one of the classes', () => {
  expect(schemaIn(documentOf('binary with limits'), 'InvocationAnswer')).toMatchObject({
    required: ['predictions'],
    properties: {
      predictions: {
        items: { properties: { label: { enum: ['repaid', 'defaulted'] }, score: { type: ['number', 'null'] } } },
      },
    },
  });
  expect(schemaIn(documentOf('multiclass'), 'InvocationAnswer')).toMatchObject({
    properties: { predictions: { items: { enum: ['a', 'b', 'c'] } } },
  });
});

test('limits of 64-bit integers have every digit', () => {
  const text = textOf(modelDocument(DESCRIBED['every datatype'] ?? champion, OPTIONS));
  for (const limit of ['-9223372036854775808', '9223372036854775807', '18446744073709551615']) {
    expect(text).toContain(limit);
  }
});

test('a version by number is described at its own paths, as whoever asks for it must call it', async () => {
  const { call } = world(ROUTES.canary);
  const { status, headers, json } = await call('GET', '/v2/models/credit/versions/2/openapi.json');
  expect({ status, headers }).toEqual({ status: 200, headers: { 'content-type': 'application/json' } });
  expect(Object.keys(json.paths)).toEqual([
    '/v2/models/credit/versions/2/infer',
    '/v2/models/credit/versions/2',
    '/v2/models/credit/versions/2/ready',
  ]);
  expect(json).toMatchObject({
    info: { title: 'credit', version: String(challenger.version) },
    security: [{ bearer: [] }],
  });
});

test('a model that is not there, does not serve or may not be seen has no document', async () => {
  const path = '/v2/models/credit/openapi.json';
  expect((await world(ROUTES.champion).call('GET', '/v2/models/other/openapi.json')).status).toBe(404);
  expect((await world(ROUTES.unserved, {}, { champion: undefined }).call('GET', path)).status).toBe(503);
  const restricted = world(ROUTES.champion, {}, { access: 'restricted' });
  expect((await restricted.call('GET', path)).status).toBe(403);
  expect((await world(ROUTES.champion).call('POST', path)).status).toBe(404);
});

test('a model whose columns do not fit its graph is described without the calls that need them', () => {
  const version = versionOf('binary', 1, {
    signature: { ...BINARY_SIGNATURE, columns: [{ name: 'alone', type: 'double' }] },
  });
  expect(Object.keys(wireOf(modelDocument(version, OPTIONS)).paths)).not.toContain('/models/credit/invocations');
});
