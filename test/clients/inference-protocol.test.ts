import { bearerToken } from '../../cli/identity';
import { freshModel, platform } from '../integ/platform';
import { awaitPrediction, champion, EXAMPLE, interviews, rowOf } from '../integ/world';
import { fixturePath } from '../scoring/versions';
import { client, type Served, serve } from './clients';

const [interview = {}] = interviews('A');
const row = JSON.stringify(rowOf(interview));
/** The same model, served from its folder and by the platform. */
const places: Record<'serve' | 'platform', { url: string; model: string; token: string }> = {
  serve: { url: '', model: 'living-wage', token: '' },
  platform: { url: '', model: freshModel('clients'), token: '' },
};
let served: Served;

beforeAll(async () => {
  served = await serve(
    `living-wage=${EXAMPLE}/versions/1`,
    `identity=${fixturePath('identity.onnx')}`,
    `half=${fixturePath('half.onnx')}`,
  );
  places.serve.url = served.url;
  await champion(places.platform.model);
  await awaitPrediction(await platform().api('app'), places.platform.model, interview);
  places.platform.url = platform().settings.apiUrl;
  places.platform.token = await bearerToken(platform().settings, 'app', {});
}, 120_000);
afterAll(() => served.stop());

test('tritonclient carries every datatype as JSON and as bytes, both ways', async () => {
  expect(await client('triton_client.py', served.url)).toEqual({
    live: true,
    ready: true,
    model_ready: true,
    version_ready: true,
    server: { name: 'contender', version: expect.any(String), extensions: ['binary_tensor_data'] },
    inputs: 12,
    different: [],
    half: true,
    image: true,
    compressed: [0.5],
    unknown: { status: '404', message: 'there is no model nobody' },
    wrong: { status: '400', message: 'input x: expected datatype FP16, given FP32' },
  });
});

const ofTriton = (place: keyof typeof places) => {
  const { url, model, token } = places[place];
  return client<{ labels: string[][] }>('triton_client.py', url, token, model, row);
};

test('tritonclient gets from the platform what it gets from the server', async () => {
  const [fromServer, fromPlatform] = await Promise.all([ofTriton('serve'), ofTriton('platform')]);
  expect(fromServer).toMatchObject({ ready: true, ids: [false, false] });
  expect(fromPlatform).toMatchObject({ ready: true, ids: [true, true], labels: fromServer.labels });
  expect(fromServer.labels[0]).toEqual(fromServer.labels[1]);
  expect(fromServer.labels[0]).toHaveLength(1);
});

const ofKserve = (place: keyof typeof places) => {
  const { url, model, token } = places[place];
  return client<{ json: unknown[] }>('kserve_client.py', url, model, row, ...(token ? [token] : []));
};

test('kserve’s client gets from the platform what it gets from the server', async () => {
  const [fromServer, fromPlatform] = await Promise.all([ofKserve('serve'), ofKserve('platform')]);
  expect(fromServer).toMatchObject({ server_ready: true, server_live: true, model_ready: true });
  expect(fromPlatform).toEqual(fromServer);
  expect(fromServer.json).toHaveLength(2);
});
