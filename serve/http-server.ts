import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Identity } from '../lambdas/access/contract';
import { ROUTING_KEY_HEADER } from '../lambdas/scoring/contract';
import { jsonResponse, type WireRequest, type WireResponse } from '../lambdas/scoring/wire';
import { type BodyLimits, BodyReader } from './read-body';

/** Time for the headers of a request, and for all of it, in milliseconds: a slow client holds a connection, nothing more. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than load balancers in front keep theirs, so that they never reuse one that is being closed. */
const KEEP_ALIVE_MS = 75_000;

const NO_BODY = Buffer.alloc(0);

export interface ScoringServerProps {
  /** Whoever reaches the server may ask it: it stands behind what admits callers. */
  readonly caller: Identity;
  /** Never rejects. */
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
  /** Answer to what was refused before it could be asked. */
  readonly refuse: (path: string, error: unknown) => WireResponse;
  readonly limits: BodyLimits;
  /** Told of what failed on our side. */
  readonly report: (line: { method: string; path: string; status: number; error: unknown }) => void;
}

/** Scoring over HTTP/1.1, shut down gracefully. */
export class ScoringServer {
  readonly server: Server;
  private readonly bodies: BodyReader;
  private isDraining = false;

  constructor(private readonly props: ScoringServerProps) {
    this.bodies = new BodyReader(props.limits);
    this.server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.handle(request, response).catch((error) => response.destroy(error as Error));
    });
    this.server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.server.requestTimeout = REQUEST_TIMEOUT_MS;
  }

  /** @throws the listening error, such as EADDRINUSE */
  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port, host, backlog: 4096 }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** Takes no more connections, says that it is not ready, ends what is under way, and gives up after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.isDraining = true;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    if (this.isDraining && (path === '/v2/health/ready' || path === '/ping')) {
      return this.send(request, response, jsonResponse(503, { live: true, ready: false }));
    }
    const header = (name: string): string | undefined => headers[name] as string | undefined;
    const identity = () => this.props.caller;
    const common = { method, path, header, identity, routingKey: header(ROUTING_KEY_HEADER) ?? '' };
    if (method === 'GET' || method === 'HEAD') {
      return this.send(request, response, await this.props.answer({ ...common, body: NO_BODY }));
    }
    let answer: WireResponse;
    try {
      const { body, release } = await this.bodies.read(request);
      try {
        answer = await this.props.answer({ ...common, body });
      } finally {
        release();
      }
    } catch (error) {
      answer = this.props.refuse(path, error);
    }
    this.send(request, response, answer);
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    { status, headers, body, error }: WireResponse,
  ): void {
    if (error !== undefined) {
      this.props.report({ method: request.method ?? '', path: request.url ?? '', status, error });
    }
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    // A body that was not read to its end cannot be followed by another request.
    const isLast = this.isDraining || !request.complete;
    response.writeHead(status, { ...headers, 'content-length': length, ...(isLast ? { connection: 'close' } : {}) });
    response.end(body);
  }
}
