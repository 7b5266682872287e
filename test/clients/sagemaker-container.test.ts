import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Signature } from '../../lambdas/registry/contract';
import { endpointClient, SageMakerEndpoints } from '../../lambdas/scoring/adapters/sagemaker-endpoint';
import { versionOf } from '../scoring/versions';
import { PYTHON } from './clients';

const START_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'contender-container-'));
let container: ChildProcess | undefined;
let containerUrl = '';
let trained: { rows: number[][]; predictions: number[] };

/** SageMaker in front of the container: another path, and a ModelError where the container fails. */
const sagemaker = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = { 'content-type': String(request.headers['content-type']) };
  const init = { method: 'POST', headers, body: Buffer.concat(chunks) };
  const answer = await fetch(`${containerUrl}${request.url?.replace(/^\/endpoints\/[^/]+/, '')}`, init);
  const text = await answer.text();
  if (answer.ok) return void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  response.writeHead(424, { 'content-type': 'application/json', 'x-amzn-errortype': 'ModelError' });
  response.end(JSON.stringify({ OriginalStatusCode: answer.status, OriginalMessage: text }));
});

const listen = (server: typeof sagemaker): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** The environment was moved to its place, where its commands do not work; MLflow calls one of them by its name. */
const commands = (python: string): string => {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'uvicorn'), `#!/bin/sh\nexec '${python}' -m uvicorn "$@"\n`, { mode: 0o755 });
  return bin;
};

const environment = (python: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [commands(python), dirname(python), process.env.PATH].join(delimiter),
  MLFLOW_DISABLE_TELEMETRY: 'true',
});

/** `mlflow models serve`: the container that MLflow deploys to SageMaker, without the container. */
const serve = async (python: string, model: string): Promise<void> => {
  const port = await freePort();
  const args = ['-m', 'mlflow', 'models', 'serve', '-m', model, '-h', '127.0.0.1', '-p', String(port)];
  const options = { cwd: folder, env: environment(python), detached: true };
  const log = join(folder, 'serve.log');
  const out = openSync(log, 'w');
  container = spawn(python, [...args, '--env-manager', 'local'], { ...options, stdio: ['ignore', out, out] });
  closeSync(out);
  containerUrl = `http://127.0.0.1:${port}`;
  for (
    const end = Date.now() + START_MS;
    Date.now() < end && container.exitCode === null;
    await new Promise((tick) => setTimeout(tick, 100))
  ) {
    const ping = await fetch(`${containerUrl}/ping`).catch(() => undefined);
    if (ping?.ok) return;
  }
  const said = readFileSync(log, 'utf8').slice(-2000);
  throw new Error(`mlflow did not serve within ${START_MS / 1000} s: ${said}`);
};

beforeAll(async () => {
  const python = PYTHON;
  const model = join(folder, 'model');
  const script = join(__dirname, 'train_container_model.py');
  const options = { cwd: folder, env: environment(python), encoding: 'utf8', stdio: 'pipe' } as const;
  trained = JSON.parse(execFileSync(python, [script, model], options));
  await serve(python, model);
  await listen(sagemaker);
}, START_MS + 30_000);
afterAll(async () => {
  sagemaker.closeAllConnections();
  await new Promise((resolve) => sagemaker.close(resolve));
  // It starts processes of its own: the whole group goes.
  if (container?.pid !== undefined && container.exitCode === null) process.kill(-container.pid, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

const signature: Signature = {
  inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, 10] }],
  outputs: [{ name: 'predictions', datatype: 'FP64', shape: [-1] }],
  columns: [],
};
const version = {
  ...versionOf('binary', 1, { signature }),
  runtime: { kind: 'sagemaker' as const, endpoint: 'diabetes' },
};

const score = (rows: readonly number[][]) => {
  const shape = [rows.length, rows[0]?.length ?? 0];
  const inputs = { features: { datatype: 'FP64' as const, shape, data: Float64Array.from(rows.flat()) } };
  const endpoint = `http://127.0.0.1:${(sagemaker.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SageMakerEndpoints(endpointClient({ endpoint, region: 'us-east-1', credentials })).score(
    version,
    inputs,
    20_000,
  );
};

test('predictions through InvokeEndpoint are those of the scikit-learn model itself, to the last digit', async () => {
  const outputs = await score(trained.rows);
  expect(outputs.predictions).toEqual({
    datatype: 'FP64',
    shape: [trained.rows.length],
    data: Float64Array.from(trained.predictions),
  });
});

test('what the container has to say about a bad request reaches the caller', async () => {
  await expect(score([[1, 2]])).rejects.toMatchObject({
    code: 'upstream-failed',
    message: expect.stringMatching(/endpoint diabetes failed with 400: .*BAD_REQUEST/),
  });
});
