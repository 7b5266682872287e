import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import Table from 'cli-table3';
import { build } from 'esbuild';
import { REGISTRY_API } from '../../lambdas/registry/schemas/api';
import { startEmulator, stopEmulator } from '../../local/emulator';
import { LocalFailure } from '../../local/failure';
import { DEFAULT_DIR, ROOT } from '../../local/platform';
import { onConsole, silent } from '../../local/progress';
import { ensureVenv, stampOf } from '../../local/python';
import { createRegistryTables, type RegistryTables } from '../../local/registry-tables';
import { apiEvent, claimsOf } from '../../test/kernel/api-event';
import { quantile } from '../quantiles';
import { fillModel } from './fill';

const PORT = 4597;
const DIR = join(DEFAULT_DIR, 'bench', 'registry');
const REQUIREMENTS = join(ROOT, 'local/requirements.txt');
const AWS = {
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${PORT}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
/** Every table has this much of its own, so that a page is as long in the one as in the other. */
const PAGE = 50;
const PROBE = { model: 'probe', versions: PAGE, events: PAGE };
const VERSIONS_PER_MODEL = 100;
const WARM_UP = 20;
/** p99 of the full table may be this many times that of the empty one. */
const LIMIT = 2;

export interface RegistryOptions {
  readonly versions: number;
  readonly events: number;
  readonly requests: number;
  readonly json: boolean;
}

type Handler = (event: ReturnType<typeof apiEvent>) => Promise<{ statusCode?: number; body?: string }>;

/** The registry's handler as it is deployed, with an environment of its own. */
const handlerOn = async (name: string, tables: RegistryTables): Promise<Handler> => {
  const outfile = join(DIR, `${name}.cjs`);
  await build({
    entryPoints: [join(ROOT, 'lambdas/registry/registry-api.lambda.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  Object.assign(process.env, {
    AWS_REGION: AWS.region,
    AWS_ENDPOINT_URL: AWS.endpoint,
    AWS_ACCESS_KEY_ID: AWS.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: AWS.credentials.secretAccessKey,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    REGISTRY_TABLE: tables.registry,
    AUDIT_TABLE: tables.audit,
    DEFAULT_POLICY: '{}',
    NEW_MODELS: 'open',
  });
  return (require(outfile) as { handler: Handler }).handler;
};

const fillBoth = async (dynamo: DynamoDBClient, options: RegistryOptions) => {
  const [empty, full] = [await createRegistryTables(dynamo, 'empty'), await createRegistryTables(dynamo, 'full')];
  const listed = Array.from({ length: PAGE }, (_, i) => ({ model: `listed-${i}`, versions: 1, events: 1 }));
  for (const tables of [empty, full]) for (const fill of [PROBE, ...listed]) await fillModel(dynamo, tables, fill);
  const models = Math.ceil(options.versions / VERSIONS_PER_MODEL);
  const share = { versions: VERSIONS_PER_MODEL, events: Math.ceil(options.events / models) };
  for (let i = 0; i < models; i++) await fillModel(dynamo, full, { model: `model-${i}`, ...share });
  return { empty, full };
};

const timed = async (handler: Handler, routeKey: string): Promise<number> => {
  const path = { model: PROBE.model, version: '1' };
  const begin = performance.now();
  const { statusCode, body } = await handler(
    apiEvent(routeKey, { path, query: {}, claims: claimsOf('olga', 'auditor') }),
  );
  const took = performance.now() - begin;
  if (statusCode !== 200) throw new LocalFailure(`${routeKey} was answered with ${statusCode}: ${body}`);
  return took;
};

/** One read on both tables, in turn, so that whatever disturbs the machine disturbs both. */
const compare = async (empty: Handler, full: Handler, routeKey: string, requests: number) => {
  const times = { empty: [] as number[], full: [] as number[] };
  for (let i = -WARM_UP; i < requests; i++) {
    const once = { empty: await timed(empty, routeKey), full: await timed(full, routeKey) };
    if (i < 0) continue;
    times.empty.push(once.empty);
    times.full.push(once.full);
  }
  const ratio = (share: number) => quantile(times.full, share) / quantile(times.empty, share);
  return { read: routeKey, p50: ratio(0.5), p99: ratio(0.99) };
};

const print = (results: readonly Awaited<ReturnType<typeof compare>>[]): void => {
  const table = new Table({ head: ['read', 'p50, full / empty', 'p99, full / empty', ''], style: { head: [] } });
  for (const { read, p50, p99 } of results)
    table.push([read, p50.toFixed(2), p99.toFixed(2), p99 <= LIMIT ? 'met' : `over ${LIMIT}`]);
  console.log(table.toString());
};

/** Fills one registry, leaves another empty, and compares what the API's reads take of each. */
export const benchRegistry = async (options: RegistryOptions): Promise<void> => {
  const progress = options.json ? silent : onConsole;
  mkdirSync(DIR, { recursive: true });
  const python = await progress.step('Python environment', (detail) =>
    ensureVenv(join(DEFAULT_DIR, 'venv'), REQUIREMENTS, detail),
  );
  await startEmulator({ dir: DIR, port: PORT, python, root: ROOT, stamp: stampOf(REQUIREMENTS) });
  try {
    const dynamo = new DynamoDBClient(AWS);
    const what = `${options.versions} versions, ${options.events} audit events`;
    const { empty, full } = await progress.step(what, () => fillBoth(dynamo, options));
    const [onEmpty, onFull] = [await handlerOn('empty', empty), await handlerOn('full', full)];
    const reads = Object.values(REGISTRY_API).filter(({ method }) => method === 'GET');
    const results: Awaited<ReturnType<typeof compare>>[] = [];
    for (const { path } of reads) results.push(await compare(onEmpty, onFull, `GET ${path}`, options.requests));
    if (options.json) console.log(JSON.stringify(results, undefined, 2));
    else print(results);
  } finally {
    await stopEmulator(DIR);
  }
};
