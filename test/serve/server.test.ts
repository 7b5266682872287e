import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { serveOptionsSchema } from '../../serve/options';
import { type RunningServer, startServer } from '../../serve/start-server';
import { ring, rows } from '../scoring/scoring-world';
import { fixturePath } from '../scoring/versions';

const folder = mkdtempSync(join(tmpdir(), 'contender-serve-'));
const running: RunningServer[] = [];
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

const start = async (options: object = {}) => {
  const models = [`credit=${fixturePath('binary.onnx')}`];
  const server = await startServer(
    serveOptionsSchema.parse({ models, port: 0, workers: 1, graceMs: 2000, ...options }),
  );
  running.push(server);
  const url = `http://127.0.0.1:${server.port}`;
  const post = async (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/v2/models/credit/infer',
  ) => {
    const response = await fetch(url + path, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
    const json = (await response.json()) as { parameters: { prediction_id: string } };
    return { status: response.status, headers: response.headers, json };
  };
  return { server, url, post };
};
const INFER = JSON.stringify(rows(9));

test('a lone file is served under the name that it is given', async () => {
  const { url, post } = await start();
  const ready = await fetch(`${url}/v2/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([200, { live: true, ready: true }]);
  const { status, headers, json } = await post(INFER);
  expect([status, headers.get('content-type'), headers.get('contender-model-version')]).toEqual([
    200,
    'application/json',
    '1',
  ]);
  expect(json).toMatchObject({ model_name: 'credit', outputs: [{ name: 'label', data: [1] }, {}] });
  expect(json).not.toHaveProperty('parameters');
  expect((await fetch(`${url}/v2/models/credit?x=1`)).status).toBe(200);
});

test('with a key ring each row gets an id that the deployment opens', async () => {
  const predictionKeys = join(folder, 'keys.json');
  writeFileSync(predictionKeys, JSON.stringify({ current: 'k1', k1: Buffer.alloc(32, 7).toString('base64') }));
  const { post } = await start({ predictionKeys, deployment: 'test', clientId: 'shop' });
  const { json } = await post(INFER);
  expect(openPredictionId(json.parameters.prediction_id, ring)).toMatchObject({ model: 'credit', version: 1 });
});

test('a SageMaker container’s ping is answered, and says when the server goes', async () => {
  const { server, url } = await start();
  expect((await fetch(`${url}/ping`)).status).toBe(200);
  await server.stop();
  await expect(fetch(`${url}/ping`)).rejects.toThrow();
});

test('compressed bodies are read, what is none is refused', async () => {
  const { post } = await start();
  expect((await post(gzipSync(INFER), { 'content-encoding': 'gzip' })).status).toBe(200);
  expect(await post(INFER, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
  expect(await post(INFER, { 'content-encoding': 'zstd' })).toMatchObject({ status: 415 });
});

test('a body over the limit is refused before it is read, and so is a bomb', async () => {
  const { post } = await start({ maxBodyMb: 1 });
  const large = 'x'.repeat(2 ** 20 + 1);
  const refusal = { status: 413, json: { error: expect.stringContaining('limit of 1048576 bytes') } };
  expect(await post(large)).toMatchObject(refusal);
  expect(await post(gzipSync(large), { 'content-encoding': 'gzip' })).toMatchObject(refusal);
});

test.each(['/models/credit/invocations', '/invocations'])('what is refused at %s is in MLflow’s form', async (path) => {
  const { post } = await start({ maxBodyMb: 1 });
  const headers = { 'content-type': 'application/json' };
  expect(await post('x'.repeat(2 ** 20 + 1), headers, path)).toMatchObject({
    status: 413,
    json: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('limit of 1048576 bytes') },
  });
});

test('a server of several models says which to ask', async () => {
  const models = ['a', 'b'].map((name) => `${name}=${fixturePath('binary.onnx')}`);
  const { post } = await start({ models });
  expect(await post('{}', {}, '/invocations')).toMatchObject({
    status: 400,
    json: { error_code: 'BAD_REQUEST', message: expect.stringContaining('/models/<one of a, b>/invocations') },
  });
});

const open = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};
const head = (length: number) =>
  `POST /v2/models/credit/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
const said = async (socket: Socket): Promise<string> => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
};

test('a body without a length is cut off at the limit', async () => {
  const { server } = await start({ maxBodyMb: 1 });
  const socket = await open(server.port);
  socket.on('error', () => undefined);
  const answer = said(socket);
  socket.write('POST /v2/models/credit/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  for (let i = 0; i < 32 && socket.writable; i++) socket.write(chunk);
  expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
});

test('bodies under way share a bounded memory', async () => {
  const { server, post } = await start({ memoryMb: 2, maxBodyMb: 1 });
  const slow = await open(server.port);
  slow.write(head(2 ** 20) + 'x'.repeat(900_000));
  await sleep(100);
  expect(await post('y'.repeat(200_000))).toMatchObject({
    status: 503,
    json: { error: expect.stringContaining('try again') },
  });
  slow.destroy();
  await sleep(100);
  expect(await post(INFER)).toMatchObject({ status: 200 });
});

test('what is under way is answered before the server stops', async () => {
  const { server } = await start();
  const socket = await open(server.port);
  const answer = said(socket);
  socket.write(head(INFER.length) + INFER.slice(0, 10));
  await sleep(50);
  const stopping = server.stop();
  socket.write(INFER.slice(10));
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK.*connection: close.*"model_name":"credit"/is);
  await stopping;
});

test('a client that never ends its request is given up when the grace is over', async () => {
  const { server } = await start({ graceMs: 100 });
  const socket = await open(server.port);
  const answer = said(socket);
  socket.write(head(1000));
  await sleep(50);
  await server.stop();
  expect(await answer).toBe('');
});

test('what is no HTTP is answered as such', async () => {
  const { server } = await start();
  const socket = await open(server.port);
  const answer = said(socket);
  socket.write('\x16\x03\x01\x02\x00\x01');
  expect(await answer).toMatch(/^HTTP\/1\.1 400 Bad Request/);
});

test.each<[string, string[], RegExp]>([
  ['nothing there', ['/nowhere/model.onnx'], /there is no \/nowhere\/model\.onnx/],
  ['no graph', [__filename], /is truncated or no ONNX file/],
  ['a folder without a graph', [__dirname], /holds no \.onnx file/],
  ['several graphs', [fixturePath('.')], /\.onnx files/],
  ['a name that is none', [`a b=${fixturePath('binary.onnx')}`], /"a b" cannot name a model/],
  ['the same name twice', [fixturePath('binary.onnx'), fixturePath('binary.onnx')], /the same name/],
])('%s is refused with what to change', async (_, models, message) => {
  await expect(start({ models })).rejects.toThrow(message);
});

test('a folder whose manifest answers with no output of the graph is refused as its upload would be', async () => {
  const model = join(folder, 'credit');
  mkdirSync(model);
  copyFileSync(fixturePath('binary.onnx'), join(model, 'model.onnx'));
  writeFileSync(join(model, 'contender.yaml'), 'output: { respond: [risk] }');
  await expect(start({ models: [model] })).rejects.toThrow(
    /contender\.yaml says output\.respond: \[risk\], but the outputs of model\.onnx are label, probabilities/,
  );
});

test('keys that are none are refused', async () => {
  const predictionKeys = join(folder, 'none.json');
  writeFileSync(predictionKeys, '{"current":"k1"}');
  await expect(start({ predictionKeys })).rejects.toThrow(/none\.json is no key ring/);
});
