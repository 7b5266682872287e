import { bearerToken } from '../../cli/identity';
import { INPUTS } from '../../local/story/application';
import { freshModel, platform } from '../integ/platform';
import { awaitPrediction, champion, EXAMPLE, interviews, rowOf } from '../integ/world';
import { client, type Served, serve } from './clients';

const [interview = {}] = interviews('A');
const row = rowOf(interview);
let served: Served;
beforeAll(async () => {
  served = await serve(`living-wage=${EXAMPLE}/versions/1`);
}, 30_000);
afterAll(() => served.stop());

interface Seen {
  readonly frame: readonly object[];
  readonly missing: string;
  readonly extra: string;
}

test('MLflow’s client asks the server as it asks its own, in every form that it has', async () => {
  const { hostname, port } = new URL(served.url);
  const seen = await client<Seen>('mlflow_client.py', hostname, port, JSON.stringify(INPUTS), JSON.stringify(row));
  expect(seen.frame).toHaveLength(2);
  expect(seen).toMatchObject({ shuffled: seen.frame, list: seen.frame, array: seen.frame });
  expect(seen.missing).toContain(INPUTS[0]);
  expect(seen.extra).toContain('shoe_size');
});

test('the platform answers the MLflow scoring protocol with prediction ids beside the predictions', async () => {
  const model = freshModel('mlflow');
  await champion(model);
  await awaitPrediction(await platform().api('app'), model, interview);
  const token = await bearerToken(platform().settings, 'app', {});
  const ask = async (body: string, type: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const url = `${platform().settings.apiUrl}/models/${model}/invocations`;
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, json: await response.json() };
  };
  const split = await ask(
    JSON.stringify({ dataframe_split: { columns: INPUTS, data: [row, row] } }),
    'application/json; charset=utf-8',
  );
  expect(split).toMatchObject({
    status: 200,
    json: { predictions: [{}, {}], prediction_ids: [expect.any(String), expect.any(String)] },
  });
  const csv = await ask(`${INPUTS.join(',')}\n${row.join(',')}\n`, 'text/csv');
  expect(csv.json).toMatchObject({ predictions: (split.json as { predictions: unknown[] }).predictions.slice(0, 1) });
  expect(await ask('{}', 'application/x-pickle')).toMatchObject({
    status: 415,
    json: { error_code: expect.any(String), message: expect.stringContaining('text/csv') },
  });
}, 60_000);
