import { stringify } from 'lossless-json';
import type { AcceptedVersion } from '../../../lambdas/registry/contract';
import { writeBinaryTensor } from '../../../lambdas/scoring/domain/binary-tensors';
import { decodeRequest } from '../../../lambdas/scoring/domain/decode-request';
import { modelDocument } from '../../../lambdas/scoring/domain/openapi/model-document';
import type { InputReferences } from '../../../lambdas/scoring/ports';
import { operationsOf, schemasOf, type WireDocument } from '../../api/openapi-validation';
import { champion, INFER, ROUTES, world } from '../scoring-world';
import { application, refOf } from '../versions';
import { DESCRIBED, SERVED } from './described-versions';

const LENGTH = 'Inference-Header-Content-Length';
const OWN_PLACE = 's3://up.loads/requests/shop/';
const OPTIONS = { pinned: false, secured: false, maxRows: undefined, inputPlace: undefined };
const documentOf = (version: AcceptedVersion, options: object = {}): WireDocument =>
  JSON.parse(stringify(modelDocument(version, { ...OPTIONS, ...options })) ?? '');
const inferOf = (document: WireDocument) =>
  operationsOf(document).find(({ operation }) => operation.operationId === 'infer')?.operation;
const exampleOf = (document: WireDocument) => inferOf(document)?.requestBody?.content['application/json']?.example;

interface SentInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A request whose elements are lists, as one whose elements are bytes behind the JSON. */
const asBytes = (request: unknown, { signature }: AcceptedVersion) => {
  const { inputs } = decodeRequest(request, signature);
  const bytes: Buffer[] = [];
  const heads = (request as { inputs: SentInput[] }).inputs.map(({ name, datatype, shape }) => {
    const tensor = inputs[name];
    const own = tensor === undefined ? Buffer.alloc(0) : writeBinaryTensor(tensor);
    bytes.push(own);
    return { name, datatype, shape, parameters: { binary_data_size: own.length } };
  });
  return { head: { inputs: heads }, bytes: Buffer.concat(bytes), inputs };
};

describe.each(Object.entries(DESCRIBED))('a request with its tensors as bytes, for a version: %s', (_, version) => {
  const document = documentOf(version);
  const { head, bytes, inputs } = asBytes(exampleOf(document), version);

  test('is JSON that the document describes, and is decoded as the one with lists', () => {
    const validate = schemasOf(document)('BinaryInferenceRequest');
    expect([validate(head), validate.errors]).toEqual([true, null]);
    expect(decodeRequest(head, version.signature, bytes).inputs).toEqual(inputs);
    expect(validate(exampleOf(document))).toBe(true);
  });

  test('is JSON alone only where the bytes may lie elsewhere', () => {
    expect(schemasOf(document)('InferenceRequest')(head)).toBe(false);
    const referencing = documentOf(version, { inputPlace: OWN_PLACE });
    const body = { ...head, parameters: { input_uri: `${OWN_PLACE}01J` } };
    expect(schemasOf(referencing)('InferenceRequest')(body)).toBe(true);
  });
});

test.each(Object.entries(SERVED))('an answer in bytes is as the document says, for %s', async (_, version) => {
  const { call } = world({ ...ROUTES.champion, champion: refOf(version) }, {}, { champion: version });
  const document = documentOf(version);
  const request = { ...(exampleOf(document) as object), parameters: { binary_data_output: true } };
  expect(schemasOf(document)('InferenceRequest')(request)).toBe(true);
  const { status, json, headers } = await call('POST', INFER, request);
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/octet-stream' });
  const validate = schemasOf(document)('BinaryInferenceAnswer');
  expect([validate(json), validate.errors]).toEqual([true, null]);
  expect(schemasOf(document)('InferenceAnswer')(json)).toBe(false);
});

test('bytes go both ways as application/octet-stream, with the length of the JSON in a typed header', () => {
  const infer = inferOf(documentOf(champion));
  const length = { type: 'integer', minimum: 2 };
  expect(infer?.parameters).toContainEqual(expect.objectContaining({ name: LENGTH, in: 'header', schema: length }));
  expect(infer?.responses['200']?.headers?.[LENGTH]).toMatchObject({ schema: length });
  const bytesBehind = (component: string) => ({
    schema: { type: 'string', format: 'binary' },
    'x-json': { $ref: `#/components/schemas/${component}` },
  });
  const type = 'application/octet-stream';
  expect(infer?.requestBody?.content[type]).toMatchObject(bytesBehind('BinaryInferenceRequest'));
  expect(infer?.responses['200']?.content[type]).toMatchObject(bytesBehind('BinaryInferenceAnswer'));
});

test('the parameters of the binary extension are typed', () => {
  const validate = schemasOf(documentOf(champion))('BinaryInferenceRequest');
  const takes = (input: object, rest: object = {}) =>
    validate({ inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 3], ...input }], ...rest });
  const sized = (binary_data_size: unknown) => ({ parameters: { binary_data_size } });
  expect([12, 24].map((size) => takes(sized(size)))).toEqual([true, true]);
  expect([0, -12, 13, 1.5, '12', null].map((size) => takes(sized(size)))).toEqual(Array(6).fill(false));
  expect(takes({})).toBe(false);
  expect(takes({ ...sized(12), data: [1, 2, 3] })).toBe(false);
  expect(takes(sized(12), { parameters: { binary_data_output: 'yes' } })).toBe(false);
  const asked = (binary_data: unknown) => ({ outputs: [{ name: 'label', parameters: { binary_data } }] });
  expect([true, 1].map((binary) => takes(sized(12), asked(binary)))).toEqual([true, false]);
});

test('inputs lie in the caller’s own place, where the server takes references at all', async () => {
  const references: InputReferences = {
    placeOf: ({ id }) => `s3://up.loads/requests/${id}/`,
    read: async () => Buffer.alloc(0),
  };
  const path = '/v2/models/credit/openapi.json';
  const { json: document } = await world(ROUTES.champion, { references }).call('GET', path, '', application);
  const validate = schemasOf(document)('InferenceRequest');
  const input = { name: 'X', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } };
  const takes = (input_uri: unknown) => validate({ inputs: [input], parameters: { input_uri } });
  expect(takes(`${OWN_PLACE}01J`)).toBe(true);
  const others = [
    's3://up.loads/requests/bank/01J',
    's3://upxloads/requests/shop/01J',
    OWN_PLACE,
    `x${OWN_PLACE}01J`,
    1,
  ];
  expect(others.map(takes)).toEqual(Array(5).fill(false));
  const { json: without } = await world(ROUTES.champion).call('GET', path);
  expect(JSON.stringify(without)).not.toContain('input_uri');
});
