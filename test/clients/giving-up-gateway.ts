import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands before the platform on the loopback, and does what the gateway does with a registration that takes too long: the first
 * one goes through, and its client is told 503, after it was done or while it still runs.
 */
export class GivingUp {
  /** Statuses that registrations were answered with, the first one's own among them. */
  readonly creations: number[] = [];
  private readonly running: Promise<unknown>[] = [];

  private constructor(
    private readonly target: URL,
    private readonly when: 'after' | 'while',
    private readonly server: Server,
  ) {
    server.on('request', (request, response) => void this.pass(request, response));
  }

  static async open(apiUrl: string, when: 'after' | 'while'): Promise<GivingUp> {
    const server = createServer();
    const gateway = new GivingUp(new URL(apiUrl), when, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.target.pathname}`;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const isCreation = request.url?.endsWith('/model-versions/create') ?? false;
    const isFirst = isCreation && this.creations.length === 0;
    const at = isCreation ? this.creations.push(503) - 1 : -1;
    const answer = this.forward(request, Buffer.concat(chunks)).then((given) => {
      if (isCreation) this.creations[at] = given.status;
      return given;
    });
    this.running.push(answer);
    if (isFirst) {
      if (this.when === 'after') await answer;
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"message":"Service Unavailable"}');
      return;
    }
    const { status, headers, body } = await answer;
    response.writeHead(status, headers).end(body);
  }

  private async forward({ method = 'GET', url = '', headers }: IncomingMessage, body: Buffer) {
    const kept = ['authorization', 'content-type'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as [string, string]] : [];
    });
    const given = await fetch(new URL(url, this.target.origin), {
      method,
      headers: kept,
      redirect: 'manual',
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
    const passed = ['content-type', 'location'].flatMap((name) => {
      const value = given.headers.get(name);
      return value === null ? [] : [[name, value] as [string, string]];
    });
    return { status: given.status, headers: Object.fromEntries(passed), body: Buffer.from(await given.arrayBuffer()) };
  }
}
