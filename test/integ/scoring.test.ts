import { bearerToken } from '../../cli/identity';
import { freshModel, platform } from './platform';
import { awaitPrediction, champion, inferBody, interviews, refusal, rowOf } from './world';

/** The inference protocol over the deployed gateway, beyond what the story needs. */
const model = freshModel('scoring');
const [interview = {}] = interviews('A');
const row = rowOf(interview);
const path = `/v2/models/${model}/infer`;

beforeAll(async () => {
  await champion(model);
  await awaitPrediction(await platform().api('app'), model, interview);
}, 60_000);

const tokenOf = (identity: string) => bearerToken(platform().settings, identity, {});

const post = async (body: Buffer | string, headers: Record<string, string> = {}) =>
  fetch(platform().settings.apiUrl + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${await tokenOf('app')}`, ...headers },
  });

const input = { name: 'features', datatype: 'FP32', shape: [1, row.length] };
const bytes = Buffer.from(Float32Array.from(row).buffer);
const asBinary = { inputs: [{ ...input, parameters: { binary_data_size: bytes.length } }] };

const labelOf = async (response: Response): Promise<unknown> => {
  const { outputs } = (await response.json()) as { outputs: Array<{ name: string; data: unknown[] }> };
  return outputs[0]?.data;
};

test('binary tensors pass the gateway both ways', async () => {
  const expected = await labelOf(await post(JSON.stringify(inferBody(row))));
  const json = Buffer.from(JSON.stringify({ ...asBinary, parameters: { binary_data_output: true } }));
  const response = await post(Buffer.concat([json, bytes]), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(json.length),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const whole = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length'));
  const { outputs } = JSON.parse(whole.subarray(0, length).toString());
  const size = outputs[0].parameters.binary_data_size;
  expect(whole.readUInt32LE(length)).toBe(size - 4);
  expect([whole.subarray(length + 4, length + size).toString()]).toEqual(expected);
});

test('inputs that are too large to send are left in the caller’s own place', async () => {
  const app = await platform().api('app');
  const place = await app.post<{ uri: string; url: string }>('/api/v1/inputs', { size: bytes.length });
  const put = await fetch(place.url, { method: 'PUT', body: new Uint8Array(bytes) });
  expect(put.status).toBe(200);
  const response = await post(JSON.stringify({ ...asBinary, parameters: { input_uri: place.uri } }));
  expect(response.status).toBe(200);
  expect(await labelOf(response)).toEqual(await labelOf(await post(JSON.stringify(inferBody(row)))));

  const elsewhere = place.uri.replace(/requests\/[^/]+\//, 'requests/another/');
  const stolen = await post(JSON.stringify({ ...asBinary, parameters: { input_uri: elsewhere } }));
  expect([stolen.status, await stolen.text()]).toEqual([403, expect.stringContaining('your own prefix')]);
  const gone = await post(JSON.stringify({ ...asBinary, parameters: { input_uri: `${place.uri}x` } }));
  expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining('upload it first')]);
});

test('a place for inputs is for those who may predict', async () => {
  const token = await tokenOf('auditor');
  const body = JSON.stringify({ size: 10 });
  expect(await refusal('/api/v1/inputs', { method: 'POST', token, body })).toMatchObject({ status: 403 });
  const large = JSON.stringify({ size: 2 ** 40 });
  const refused = await refusal('/api/v1/inputs', { method: 'POST', token: await tokenOf('app'), body: large });
  expect(refused).toMatchObject({ status: 400, text: expect.stringContaining('size') });
});
