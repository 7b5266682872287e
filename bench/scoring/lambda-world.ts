import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { marshall } from '@aws-sdk/util-dynamodb';
import { modelKey, SK } from '../../lambdas/registry/adapters/keys';
import type { AcceptedVersion } from '../../lambdas/registry/contract';
import { readLocalModel } from '../../serve/local-model';
import type { Model } from './models';

/** The model's partition of the registry table by sort key. */
const itemsOf = (version: AcceptedVersion): ReadonlyMap<string, object> => {
  const { model, rootDigest } = version;
  const champion = { version: 1, rootDigest };
  return new Map<string, object>([
    [SK.meta, { model, createdAt: 0, latestVersion: 1, access: 'open', policyNumber: 0, generation: 0 }],
    [SK.route, { mode: 'champion', model, generation: 0, changedAt: 0, champion }],
    [SK.version(1), version],
  ]);
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** As much of AWS as the scoring function asks for: one model's items, its graph and a key ring, at once and from memory. */
export class LambdaWorld {
  private constructor(private readonly server: Server) {}

  static async serving(model: Model): Promise<LambdaWorld> {
    const graph = readFileSync(model.file);
    const items = itemsOf(readLocalModel(`${model.name}=${model.folder}`).version);
    const keys = JSON.stringify({ current: 'k1', k1: randomBytes(32).toString('base64') });
    const marshalled = (sk: string) => {
      const item = items.get(sk);
      return item && marshall({ pk: modelKey(model.name), sk, ...item }, { removeUndefinedValues: true });
    };
    const answer = (target: string, body: string): object => {
      if (target.endsWith('GetSecretValue')) return { SecretString: keys };
      if (target.endsWith('GetItem')) return { Item: marshalled(JSON.parse(body).Key.sk.S) };
      return { Items: [marshalled(SK.meta)] };
    };
    const server = createServer(async (request, response) => {
      const body = await textOf(request);
      const target = request.headers['x-amz-target'];
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        .end(typeof target === 'string' ? JSON.stringify(answer(target, body)) : graph);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LambdaWorld(server);
  }

  /** What the function finds in its environment. */
  get env(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      DEPLOYMENT: 'bench',
      REGISTRY_TABLE: 'registry',
      ARTIFACT_BUCKET: 'artifacts',
      UPLOAD_BUCKET: 'uploads',
      PREDICTION_KEYS_SECRET: 'keys',
      // One vCPU, so one thread.
      MEMORY_MB: '1769',
      SHADOW_DEADLINE_MS: '100',
      CANARY_DEADLINE_MS: '2000',
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
