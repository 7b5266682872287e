import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}
interface Resource {
  readonly name: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  status: string;
  reason?: string;
}
type Kind = 'model' | 'endpoint-config' | 'endpoint';
type Container = (body: string) => Promise<string>;
type Input = Readonly<Record<string, unknown>>;

const WORDS = { model: 'model', 'endpoint-config': 'endpoint configuration', endpoint: 'endpoint' } as const;
const NAMES = { model: 'ModelName', 'endpoint-config': 'EndpointConfigName', endpoint: 'EndpointName' } as const;
const ARN = 'arn:aws:sagemaker:us-east-1:000000000000:';

class Fault extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** SageMaker over HTTP, with the words of its errors: one ValidationException for most of them. */
export class FakeSageMaker {
  readonly held: Record<Kind, Map<string, Resource>> = {
    model: new Map(),
    'endpoint-config': new Map(),
    endpoint: new Map(),
  };
  /** Every operation, in order. */
  readonly operations: string[] = [];
  /** Status of an endpoint that was just made. */
  startsAs = 'Creating';
  /** Faults that the next calls of an operation meet. */
  readonly faults = new Map<string, Fault[]>();
  clock = () => Date.now();
  /** The container behind every endpoint in service: what it is posted, and what it answers. */
  container: Container = async () => '{}';
  /** Containers of single endpoints, by name. */
  private readonly containers = new Map<string, Container>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  failNext(operation: string, type: string, message: string, status = 400): void {
    this.faults.set(operation, [...(this.faults.get(operation) ?? []), new Fault(type, message, status)]);
  }

  /** An endpoint in service that somebody else has made. */
  offer(name: string, container: Container): void {
    this.containers.set(name, container);
    this.held.endpoint.set(name, { name, request: {}, tags: [], createdAt: this.clock(), status: 'InService' });
  }

  become(name: string, status: string, reason?: string): void {
    Object.assign(this.find('endpoint', name), { status, reason });
  }

  names(kind: Kind): string[] {
    return [...this.held[kind].keys()];
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const [, endpoint] = /^\/endpoints\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    try {
      const body = await textOf(request);
      const answer =
        endpoint === undefined
          ? JSON.stringify(this.perform(operation, JSON.parse(body || '{}') as Input))
          : await this.invoke(endpoint, body);
      const type = endpoint === undefined ? 'application/x-amz-json-1.1' : 'application/json';
      response.writeHead(200, { 'content-type': type }).end(answer);
    } catch (error) {
      const { type = 'InternalFailure', message = '', status = 500 } = error as Partial<Fault>;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type });
      response.end(JSON.stringify({ __type: type, message }));
    }
  }

  private perform(operation: string, input: Input): object {
    this.operations.push(operation);
    const fault = this.faults.get(operation)?.shift();
    if (fault) throw fault;
    const [, verb, noun] = /^(Create|Delete|Describe)(Model|EndpointConfig|Endpoint)$/.exec(operation) ?? [];
    const kind = { Model: 'model', EndpointConfig: 'endpoint-config', Endpoint: 'endpoint' }[noun ?? ''] as Kind;
    const name = String(input[NAMES[kind]]);
    if (verb === 'Create') return this.create(kind, name, input);
    if (verb === 'Delete') return this.remove(kind, name);
    if (operation === 'DescribeEndpoint') return this.describe(name);
    if (operation === 'ListModels') return this.list(input);
    if (operation === 'ListTags') return this.tagsOf(String(input.ResourceArn));
    throw new Fault('UnknownOperationException', operation);
  }

  private async invoke(name: string, body: string): Promise<string> {
    this.operations.push('InvokeEndpoint');
    const fault = this.faults.get('InvokeEndpoint')?.shift();
    if (fault) throw fault;
    if (this.held.endpoint.get(name)?.status !== 'InService')
      throw new Fault('ValidationError', `Endpoint ${name} of account 000000000000 not found.`);
    return (this.containers.get(name) ?? this.container)(body);
  }

  private find(kind: Kind, name: string): Resource {
    const found = this.held[kind].get(name);
    if (!found) throw new Fault('ValidationException', `Could not find ${WORDS[kind]} "${ARN}${kind}/${name}".`);
    return found;
  }

  private create(kind: Kind, name: string, input: Input): object {
    if (this.held[kind].has(name))
      throw new Fault('ValidationException', `Cannot create already existing ${WORDS[kind]} "${ARN}${kind}/${name}".`);
    if (kind === 'endpoint-config') {
      for (const { ModelName } of input.ProductionVariants as Array<{ ModelName: string }>)
        this.find('model', ModelName);
    }
    if (kind === 'endpoint') this.find('endpoint-config', String(input.EndpointConfigName));
    const tags = (input.Tags ?? []) as Tag[];
    this.held[kind].set(name, { name, request: input, tags, createdAt: this.clock(), status: this.startsAs });
    return { [`${NAMES[kind].replace('Name', '')}Arn`]: `${ARN}${kind}/${name}` };
  }

  private remove(kind: Kind, name: string): object {
    const { status } = this.find(kind, name);
    if (kind === 'endpoint' && status === 'Creating')
      throw new Fault('ValidationException', `Cannot update in-progress endpoint "${ARN}endpoint/${name}".`);
    this.held[kind].delete(name);
    return {};
  }

  private describe(name: string): object {
    const { status, reason, createdAt } = this.find('endpoint', name);
    const time = createdAt / 1000;
    return {
      EndpointName: name,
      EndpointArn: `${ARN}endpoint/${name}`,
      EndpointStatus: status,
      ...(reason === undefined ? {} : { FailureReason: reason }),
      CreationTime: time,
      LastModifiedTime: time,
    };
  }

  /** Pages of two, so that a caller which reads one page only is found out. */
  private list({ NameContains = '', NextToken = '0' }: Input): object {
    const all = [...this.held.model.values()].filter(({ name }) => name.includes(String(NameContains)));
    const from = Number(NextToken);
    const Models = all.slice(from, from + 2).map(({ name, createdAt }) => ({
      ModelName: name,
      ModelArn: `${ARN}model/${name}`,
      CreationTime: createdAt / 1000,
    }));
    return { Models, ...(from + 2 < all.length ? { NextToken: String(from + 2) } : {}) };
  }

  private tagsOf(arn: string): object {
    return { Tags: this.find('model', arn.slice(arn.lastIndexOf('/') + 1)).tags };
  }
}
