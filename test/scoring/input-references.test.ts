import { S3Client } from '@aws-sdk/client-s3';
import { S3InputReferences } from '../../lambdas/scoring/adapters/s3-input-references';
import { inputKeyOf } from '../../lambdas/scoring/domain/input-place';
import { FakeAws } from './fake-aws';
import { INFER, ROUTES, world } from './scoring-world';
import { application } from './versions';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

const references = () => new S3InputReferences(new S3Client({ ...aws.config, forcePathStyle: true }), 'uploads');
const OWN = 's3://uploads/requests/shop/01J';
const floats = Buffer.from(Float32Array.of(9, 0, 0).buffer);
const request = {
  parameters: { input_uri: OWN },
  inputs: [{ name: 'X', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: 12 } }],
};

test.each<[string, string, string]>([
  ['another caller’s prefix', 's3://uploads/requests/bank/01J', 'forbidden'],
  ['a prefix that only begins alike', 's3://uploads/requests/shop2/01J', 'forbidden'],
  ['another bucket', 's3://artifacts/requests/shop/01J', 'forbidden'],
  ['the inbox', 's3://uploads/inbox/credit/model.onnx', 'forbidden'],
  ['no S3 URI', 'https://uploads/requests/shop/01J', 'invalid-input'],
  ['a prefix without a key', 's3://uploads', 'invalid-input'],
])('%s is not read', (_, uri, code) => {
  expect(() => inputKeyOf(uri, 'uploads', application)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining('s3://uploads/requests/shop/') }),
  );
});

test('what is read begins with the caller’s own place, which documents name', () => {
  const own = references().placeOf(application);
  expect(own).toBe('s3://uploads/requests/shop/');
  expect(inputKeyOf(`${own}01J`, 'uploads', application)).toBe('requests/shop/01J');
});

test('a caller whose id holds a slash has no way into another’s prefix', () => {
  expect(() => inputKeyOf('s3://uploads/requests/shop/x/01J', 'uploads', { id: 'shop/x' })).toThrow('your own prefix');
});

test('tensors that lie in the bucket are scored as if they had come with the request', async () => {
  aws.answer = () => ({ body: floats });
  const { call } = world(ROUTES.champion, { references: references() });
  expect(await call('POST', INFER, request)).toMatchObject({ status: 200, json: { outputs: [{ data: [1] }, {}] } });
  expect(aws.requests.at(-1)?.path).toContain('/uploads/requests/shop/01J');
});

test.each<[string, number, string, number, RegExp]>([
  ['not there', 404, '<Error><Code>NoSuchKey</Code></Error>', 404, /there is no s3:\/\/uploads.*upload it first/],
  ['not to be read', 403, '<Error><Code>AccessDenied</Code></Error>', 404, /there is no/],
  ['out of reach', 500, '<Error><Code>InternalError</Code></Error>', 502, /cannot be read: InternalError/],
])('inputs that are %s are said to be', async (_, status, body, answered, message) => {
  aws.answer = () => ({ status, body, headers: { 'content-type': 'application/xml' } });
  const { call } = world(ROUTES.champion, { references: references() });
  expect(await call('POST', INFER, request)).toMatchObject({
    status: answered,
    json: { error: expect.stringMatching(message) },
  });
});

test('inputs over the limit are refused before they are read', async () => {
  aws.answer = () => ({ body: Buffer.alloc(64 * 2 ** 20 + 1) });
  await expect(references().read(OWN, application)).rejects.toMatchObject({ code: 'too-large' });
});

test('bytes of two places at once are refused', async () => {
  const { call } = world(ROUTES.champion, { references: references() });
  const json = JSON.stringify(request);
  const header = { 'inference-header-content-length': String(json.length) };
  const response = await call('POST', INFER, Buffer.concat([Buffer.from(json), floats]), application, 'k', header);
  expect(response).toMatchObject({ status: 400, json: { error: expect.stringContaining('as well') } });
});
