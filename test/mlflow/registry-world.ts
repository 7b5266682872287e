import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Identity } from '../../lambdas/access/contract';
import { NotesStore } from '../../lambdas/mlflow/adapters/notes-store';
import type { TrackingStore } from '../../lambdas/mlflow/adapters/tracking-store';
import { answerOf } from '../../lambdas/mlflow/answer';
import { Artifacts } from '../../lambdas/mlflow/artifacts';
import type { Register } from '../../lambdas/mlflow/create-version';
import { modelVersionCalls } from '../../lambdas/mlflow/model-versions';
import { ModelViews } from '../../lambdas/mlflow/model-views';
import { Places } from '../../lambdas/mlflow/places';
import { registeredModelCalls } from '../../lambdas/mlflow/registered-models';
import { Sources } from '../../lambdas/mlflow/version-sources';
import { RegistryReader } from '../../lambdas/registry/adapters/registry-reader';
import { putModel, putRoute, putVersion } from '../../lambdas/registry/adapters/registry-writes';
import type { ModelVersion, Route } from '../../lambdas/registry/contract';
import { DynamoRegistrations } from '../../lambdas/upload/adapters/dynamo-registrations';
import { registerCopy } from '../../lambdas/upload/register-copy';
import { registerPrefix } from '../../lambdas/upload/register-prefix';
import { registered } from '../evaluation/versions';
import { memoryTable } from '../registry/memory-table';
import { UploadWorld } from '../upload/fakes';

export const ADA: Identity = { kind: 'person', id: 'ada', name: 'Ada', roles: ['data-scientist'], teams: [] };
export const EVE: Identity = { kind: 'person', id: 'eve', name: 'Eve', roles: ['data-scientist'], teams: [] };
export const PLACE = 's3://uploads/mlflow/user-ada/';

interface Said {
  readonly error_code?: string;
  readonly message?: string;
  readonly next_page_token?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a client reads is whatever JSON there is.
  readonly [key: string]: any;
}
export interface Answered {
  readonly status: number;
  readonly json: Said;
  readonly body: string;
}

/** The registry half of the protocol, over the real stores and use cases, on a table and buckets in memory. */
export class RegistryWorld {
  readonly table = memoryTable();
  readonly uploads = new UploadWorld();
  private readonly reader = new RegistryReader(this.table);
  readonly notes = new NotesStore(this.table, this.reader, 'open');
  readonly views = new ModelViews(this.table, this.reader, this.notes);
  private readonly sources = new Sources(
    this.views,
    { run: async () => undefined, loggedModel: async () => undefined } satisfies Pick<
      TrackingStore,
      'run' | 'loggedModel'
    >,
    new Places('uploads'),
  );
  private readonly registrations = new DynamoRegistrations(this.table, 'open');
  /** Registers at once; tests put something slower or broken in its place. */
  register: Register = (request) => this.registerNow(request);
  private readonly artifacts = new Artifacts(
    this.views,
    async ({ artifactPrefix }, path) => `https://s3.test/${artifactPrefix}${path}`,
  );
  private readonly calls = {
    ...registeredModelCalls({ views: this.views, notes: this.notes }),
    ...modelVersionCalls({
      views: this.views,
      notes: this.notes,
      sources: this.sources,
      register: (request) => this.register(request),
    }),
  };

  registerNow: Register = (request) => {
    const ports = {
      ...{ uploads: this.uploads.uploads, archives: this.uploads.archives, artifacts: this.uploads.artifacts },
      ...{ policies: this.uploads.policies, waiting: this.uploads.waiting, now: this.uploads.now },
      ...{ incompleteAfter: 'PT1H', maxFileBytes: 1e6, hosting: this.uploads.hosting },
      registrations: this.registrations,
      versions: this.reader,
      registered: { bucket: 'artifacts', read: async (key: string) => this.uploads.stored.get(key) ?? Buffer.alloc(0) },
    };
    return 'copyOf' in request ? registerCopy(request, ports) : registerPrefix(request, ports);
  };

  async ask(
    call: string,
    given: { body?: unknown; raw?: string; query?: Record<string, string>; as?: Identity; mount?: string } = {},
  ): Promise<Answered> {
    const [method = '', path = ''] = call.split(' ');
    const event = {
      routeKey: `ANY /api/2.0/${given.mount ?? 'mlflow'}/{proxy+}`,
      pathParameters: { proxy: path },
      queryStringParameters: given.query,
      body: given.raw ?? (given.body === undefined ? undefined : JSON.stringify(given.body)),
      isBase64Encoded: false,
      requestContext: { requestId: 'request-1', http: { method, path } },
    } as unknown as APIGatewayProxyEventV2WithJWTAuthorizer;
    const identity = given.as ?? ADA;
    const caller = { identity, actor: { kind: identity.kind, id: identity.id }, at: ++this.uploads.at };
    const answer = await answerOf(event, () => caller, { calls: this.calls, artifacts: this.artifacts });
    const body = answer.body ?? '';
    const isJson = answer.headers?.['content-type'] === 'application/json';
    return {
      status: answer.statusCode ?? 0,
      json: isJson ? JSON.parse(body) : {},
      body: isJson ? body : body || String(answer.headers?.location),
    };
  }

  post(call: string, body: unknown, as?: Identity): Promise<Answered> {
    return this.ask(`POST ${call}`, { body, ...(as ? { as } : {}) });
  }

  async model(name: string, access: 'open' | 'restricted' = 'open', latestVersion = 0): Promise<void> {
    const model = { model: name, createdAt: 1, latestVersion, access, policyNumber: 0, generation: 0 };
    await this.table.write([putModel('registry', model)]);
  }

  grant(model: string, principal: string): Promise<void> {
    const item = { pk: `MODEL#${model}`, sk: `GRANT#${principal}`, principal, roles: ['data-scientist'] };
    return this.table.write([{ Put: { TableName: 'registry', Item: item } }]);
  }

  /** A version on record, and its files in the registry's own place. */
  async version(model: string, version: number, changes: Partial<ModelVersion> = {}): Promise<ModelVersion> {
    const bytes = Buffer.from(`graph of ${model} ${version}`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const record = {
      ...registered(version),
      model,
      rootDigest: sha256,
      files: [{ path: 'model.onnx', size: bytes.length, sha256 }],
      artifactPrefix: `models/${model}/${sha256}/`,
      ...changes,
    } as ModelVersion;
    if (record.status !== 'REJECTED') this.uploads.stored.set(`${record.artifactPrefix}model.onnx`, bytes);
    await this.table.write([putVersion('registry', record)]);
    return record;
  }

  route(route: Route): Promise<void> {
    return this.table.write([putRoute('registry', { ...route, generation: 0 })]);
  }
}
