import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  /** Operation of a JSON protocol, such as `GetItem`. */
  readonly operation: string | undefined;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** Speaks for any AWS service, one test at a time. */
export class FakeAws {
  readonly requests: FakeRequest[] = [];
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer> = () => ({ status: 500, body: '{}' });
  private readonly server: Server = createServer(async (request, response) => {
    const target = request.headers['x-amz-target'];
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      operation: typeof target === 'string' ? target.split('.')[1] : undefined,
      body: await textOf(request),
    };
    this.requests.push(seen);
    const { status = 200, headers = {}, body } = await this.answer(seen);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers }).end(body);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** For a client's constructor. */
  get config() {
    return {
      endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    };
  }
}

/** A service's error, in the JSON protocols. */
export const awsError = (name: string, status = 400, message = name): FakeAnswer => ({
  status,
  headers: { 'x-amzn-errortype': name },
  body: JSON.stringify({ __type: name, message }),
});
