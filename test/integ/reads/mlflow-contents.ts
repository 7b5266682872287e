import { apiEvent, claimsOf } from '../../kernel/api-event';
import { READER } from './contents';

export type Parameters = Readonly<Record<string, unknown>>;
type Handler = (event: ReturnType<typeof apiEvent>) => Promise<{ statusCode?: number; body?: string }>;

const CLAIMS = claimsOf(READER, 'auditor', 'data-scientist');
const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

/** One call of the protocol, as the gateway hands it over. */
export const askMlflow = async (handler: Handler, call: string, given: Parameters): Promise<Parameters> => {
  const [method = '', path = ''] = call.split(' ');
  const query = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, textOf(value)]));
  const event = apiEvent('ANY /api/2.0/mlflow/{proxy+}', {
    path: { proxy: path.replace('{id}', String(given.model_id)) },
    ...(method === 'GET' ? { query } : { body: given }),
    claims: CLAIMS,
  });
  Object.assign(event.requestContext.http, { method });
  const { statusCode, body = '{}' } = await handler(event);
  if (statusCode !== 200) throw new Error(`${call} ${JSON.stringify(given)}: ${statusCode} ${body}`);
  return JSON.parse(body) as Parameters;
};

/** What an MLflow client has left of one model. */
export interface Tracked {
  readonly experiment: string;
  readonly experimentName: string;
  readonly run: string;
  readonly loggedModel: string;
}

/** An experiment with runs, of which the last has a metric with as many values, and as many logged models. */
export const trackMuch = async (handler: Handler, model: string, much: number): Promise<Tracked> => {
  const experimentName = `trials of ${model}`;
  const { experiment_id } = await askMlflow(handler, 'POST experiments/create', { name: experimentName });
  const experiment = String(experiment_id);
  let run = '';
  let loggedModel = '';
  for (let i = 0; i < much; i++) {
    const made = await askMlflow(handler, 'POST runs/create', { experiment_id: experiment, start_time: i + 1 });
    run = (made.run as { info: { run_id: string } }).info.run_id;
    const logged = await askMlflow(handler, 'POST logged-models', { experiment_id: experiment, source_run_id: run });
    loggedModel = (logged.model as { info: { model_id: string } }).info.model_id;
  }
  const metrics = Array.from({ length: much }, (_, step) => ({
    key: 'loss',
    value: 1 / (step + 1),
    timestamp: step,
    step,
  }));
  await askMlflow(handler, 'POST runs/log-batch', { run_id: run, metrics });
  await askMlflow(handler, 'POST registered-models/alias', { name: model, version: '1', alias: 'best' });
  return { experiment, experimentName, run, loggedModel };
};

const PAGE = 5;

/** Parameters of every call that reads; `GROWS` says of which the work grows with what an experiment has, up to a limit. */
export const MLFLOW_READS: Readonly<Record<string, (model: string, tracked: Tracked) => Parameters>> = {
  'GET registered-models/get': (name) => ({ name }),
  'GET registered-models/search': (name) => ({ filter: `name = '${name}'`, max_results: PAGE }),
  'POST registered-models/search': (name) => ({ filter: `name = '${name}'`, max_results: PAGE }),
  'GET registered-models/alias': (name) => ({ name, alias: 'best' }),
  'GET registered-models/get-latest-versions': (name) => ({ name }),
  'POST registered-models/get-latest-versions': (name) => ({ name }),
  'GET model-versions/get': (name) => ({ name, version: '1' }),
  'GET model-versions/get-download-uri': (name) => ({ name, version: '1' }),
  'GET model-versions/search': (name) => ({ filter: `name = '${name}'`, max_results: PAGE }),
  'POST model-versions/search': (name) => ({ filter: `name = '${name}'`, max_results: PAGE }),
  'GET experiments/get': (_, { experiment }) => ({ experiment_id: experiment }),
  'GET experiments/get-by-name': (_, { experimentName }) => ({ experiment_name: experimentName }),
  'GET experiments/search': () => ({ max_results: PAGE }),
  'POST experiments/search': () => ({ max_results: PAGE }),
  'GET runs/get': (_, { run }) => ({ run_id: run }),
  'POST runs/search': (_, { experiment }) => ({ experiment_ids: [experiment], max_results: PAGE }),
  'GET metrics/get-history': (_, { run }) => ({ run_id: run, metric_key: 'loss', max_results: PAGE }),
  'GET logged-models/{id}': (_, { loggedModel }) => ({ model_id: loggedModel }),
  'POST logged-models/search': (_, { experiment }) => ({ experiment_ids: [experiment], max_results: PAGE }),
};

/** What MLflow's own protocol names and that reads; a call that is neither here nor a change fails the test. */
export const isMlflowRead = (call: string): boolean => /^GET |\/search$|\/get-latest-versions$/.test(call);

/** Searches of runs and logged models look at those of an experiment, up to a limit. */
export const GROWS: ReadonlySet<string> = new Set(['POST runs/search', 'POST logged-models/search']);
