import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Identity } from '../lambdas/access/contract';
import { ROUTING_KEY_HEADER } from '../lambdas/scoring/contract';
import { jsonResponse, type WireRequest, type WireResponse } from '../lambdas/scoring/wire';
import type { OpenConnections } from './open-connections';
import { type BodyLimits, BodyReader } from './read-body';

/** Time for the headers of a request, and for all of it, in milliseconds: a slow client holds a connection, nothing more. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than load balancers in front keep theirs, so that they never reuse one that is being closed. */
const KEEP_ALIVE_MS = 75_000;

const NO_BODY = Buffer.alloc(0);

/** A request of this server. */
class HttpRequest implements WireRequest {
  readonly method: string;
  readonly routingKey: string;

  constructor(
    private readonly request: IncomingMessage,
    readonly path: string,
    private readonly caller: Identity,
    readonly body: Buffer,
  ) {
    this.method = request.method ?? 'GET';
    this.routingKey = this.header(ROUTING_KEY_HEADER) ?? '';
  }

  header(name: string): string | undefined {
    return this.request.headers[name] as string | undefined;
  }

  identity(): Identity {
    return this.caller;
  }
}

const pathOf = ({ url = '/' }: IncomingMessage): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

export interface ScoringServerProps {
  /** Whoever reaches the server may ask it: it stands behind what admits callers. */
  readonly caller: Identity;
  /** Never rejects. */
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
  /** Answer to what was refused before it could be asked. */
  readonly refuse: (path: string, error: unknown) => WireResponse;
  readonly connections: OpenConnections;
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
    props.connections.watch(this.server);
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
    const path = pathOf(request);
    if (this.isDraining && (path === '/v2/health/ready' || path === '/ping')) {
      return this.send(request, response, jsonResponse(503, { live: true, ready: false }));
    }
    const { caller, answer, refuse } = this.props;
    if (request.method === 'GET' || request.method === 'HEAD') {
      return this.send(request, response, await answer(new HttpRequest(request, path, caller, NO_BODY)));
    }
    let answered: WireResponse;
    try {
      const held = await this.bodies.read(request);
      try {
        answered = await answer(new HttpRequest(request, path, caller, held.body));
      } finally {
        held.release();
      }
    } catch (error) {
      answered = refuse(path, error);
    }
    this.send(request, response, answered);
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
    const sent: Record<string, string | number> = { ...headers, 'content-length': length };
    // A body that was not read to its end cannot be followed by another request.
    if (this.isDraining || !request.complete) sent.connection = 'close';
    response.writeHead(status, sent);
    response.end(body);
  }
}
