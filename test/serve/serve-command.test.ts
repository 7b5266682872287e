import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rows } from '../scoring/scoring-world';
import { fixturePath } from '../scoring/versions';

const ROOT = join(__dirname, '../..');
const MODEL = `credit=${fixturePath('binary.onnx')}`;
const started: ChildProcess[] = [];

beforeAll(() => execFileSync(process.execPath, [join(ROOT, 'bin/build-cli.mjs')], { cwd: ROOT }));
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const run = (...args: string[]) => {
  const child = spawn(process.execPath, [join(ROOT, 'dist/contender.cjs'), 'serve', ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH },
  });
  started.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const exit = once(child, 'exit').then(([code]) => ({ code, printed }));
  return { child, exit, printed: () => printed };
};

const serving = async (...args: string[]) => {
  const server = run(MODEL, '--port', '0', ...args);
  const url = async (): Promise<string> => {
    for (;;) {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(server.printed())?.[0];
      if (found) return found;
      if (server.child.exitCode !== null) throw new Error(server.printed());
      await sleep(20);
    }
  };
  return { ...server, url: await url() };
};

const infer = (url: string) =>
  fetch(`${url}/v2/models/credit/infer`, { method: 'POST', body: JSON.stringify(rows(9)) });

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the server with what is under way answered, and no error',
  async (signal) => {
    const { child, exit, url } = await serving('--workers', '1');
    expect((await infer(url)).status).toBe(200);
    child.kill(signal);
    expect(await exit).toMatchObject({ code: 0, printed: expect.stringContaining('stopping') });
  },
);

test('a worker that dies is started again, and the others answer meanwhile', async () => {
  const { child, exit, url, printed } = await serving('--workers', '2');
  const children = () =>
    execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number);
  const [victim] = children();
  process.kill(victim ?? 0, 'SIGKILL');
  while (!printed().includes('a worker ended and is started again')) await sleep(10);
  for (let i = 0; i < 20; i++) expect((await infer(url)).status).toBe(200);
  while (children().length < 2 || children().includes(victim ?? 0)) await sleep(50);
  child.kill('SIGTERM');
  expect(await exit).toMatchObject({ code: 0 });
});

const busyPort = async (): Promise<{ server: Server; port: string }> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
};

test.each(['1', '2'])('a busy port is one sentence, with %s workers', async (workers) => {
  const { server, port } = await busyPort();
  const { code, printed } = await run(MODEL, '--port', port, '--workers', workers).exit;
  server.close();
  expect([code, printed]).toEqual([1, `contender: port ${port} is in use; choose another with --port\n`]);
});

test.each<[string, string[], RegExp]>([
  ['no model', [], /name a model/],
  ['a model that is not there', ['/nowhere'], /there is no \/nowhere/],
  ['a port that is no number', [MODEL, '--port', 'http'], /port/],
])('%s is told in a sentence, without a stack trace', async (_, args, message) => {
  const { code, printed } = await run(...args, '--workers', '1').exit;
  expect(code).toBeGreaterThan(0);
  expect(printed).toMatch(message);
  expect(printed).not.toMatch(/^\s+at .*:\d+/m);
});

const CONNECTIONS = 10_000;

test('10,000 connections at once are all answered', async () => {
  const { url } = await serving('--workers', '1');
  const { port } = new URL(url);
  const body = JSON.stringify(rows(9));
  const request = `POST /v2/models/credit/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sockets: Socket[] = [];
  for (let at = 0; at < CONNECTIONS; at += 500) {
    const some = Array.from({ length: 500 }, () => connect(Number(port), '127.0.0.1'));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  const answers = await Promise.all(
    sockets.map(async (socket) => {
      socket.write(request);
      const [chunk] = await once(socket, 'data');
      return String(chunk).slice(0, 15);
    }),
  );
  expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']));
  for (const socket of sockets) socket.destroy();
  expect((await infer(url)).status).toBe(200);
});
