import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import Table from 'cli-table3';
import { startEmulator, stopEmulator } from '../../local/emulator';
import { LocalFailure } from '../../local/failure';
import { DEFAULT_DIR, ROOT } from '../../local/platform';
import { onConsole, silent } from '../../local/progress';
import { ensureVenv, stampOf } from '../../local/python';
import { createRegistryTables } from '../../local/registry-tables';
import { quantile } from '../quantiles';
import { DEEP, PAGE, PROBE, PROBE_DATA, PROBE_RUN, SHARED_DATA } from './contents';
import { fillModel } from './fill';
import { type Handler, handlersOn, type Room } from './handlers';
import { READS, type Read } from './reads';

const PORT = 4597;
const DIR = join(DEFAULT_DIR, 'bench', 'registry');
const REQUIREMENTS = join(ROOT, 'local/requirements.txt');
const AWS = {
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${PORT}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const ARTIFACTS = 'artifacts';
const VERSIONS_PER_MODEL = 100;
/** Of all versions, and as many events, one model has so much. */
const DEEP_SHARE = 0.1;
const WARM_UP = 20;
/** How long one read is measured, and how often it is at least. */
const PATIENCE_MS = 60_000;
const LEAST_REQUESTS = 20;
/** What takes so long gains nothing by being warmed up. */
const UNWARMED_MS = 500;
/** p99 of the full table may be this many times that of the empty one. */
const LIMIT = 2;

export interface RegistryOptions {
  readonly versions: number;
  readonly events: number;
  readonly requests: number;
  readonly json: boolean;
}

/** What people are shown of an evaluation: read with the card. */
const REPORT = { schema: 1, model: PROBE.model, version: 1, rootDigest: '1'.padStart(64, '0'), evaluatedAt: 1 };

const keepReport = async (): Promise<{ key: string; sha256: string }> => {
  const s3 = new S3Client({ ...AWS, forcePathStyle: true });
  const Body = JSON.stringify(REPORT);
  await s3.send(new CreateBucketCommand({ Bucket: ARTIFACTS }));
  await s3.send(new PutObjectCommand({ Bucket: ARTIFACTS, Key: 'reports/probe.json', Body }));
  return { key: 'reports/probe.json', sha256: createHash('sha256').update(Body).digest('hex') };
};

/** The same in every table, and then what the one is full of. */
const fillBoth = async (dynamo: DynamoDBClient, options: RegistryOptions) => {
  const [empty, full] = [await createRegistryTables(dynamo, 'empty'), await createRegistryTables(dynamo, 'full')];
  const probe = { ...PROBE, dataset: PROBE_DATA, run: PROBE_RUN, report: await keepReport() };
  const listed = Array.from({ length: PAGE }, (_, i) => ({
    ...{ model: `listed-${i}`, versions: 1, events: 1 },
    dataset: i % 2 === 0 ? SHARED_DATA : `data-${i}`,
  }));
  for (const tables of [empty, full]) for (const fill of [probe, ...listed]) await fillModel(dynamo, tables, fill);
  const deepest = Math.max(2 * PAGE, Math.floor(options.versions * DEEP_SHARE));
  await fillModel(dynamo, empty, { model: DEEP, versions: 2 * PAGE, events: 2 * PAGE });
  await fillModel(dynamo, full, { model: DEEP, versions: deepest, events: deepest });
  const models = Math.ceil((options.versions * (1 - DEEP_SHARE)) / VERSIONS_PER_MODEL);
  const events = Math.ceil((options.events - deepest) / models);
  const share = { versions: VERSIONS_PER_MODEL, events, dataset: SHARED_DATA };
  for (let i = 0; i < models; i++) await fillModel(dynamo, full, { model: `model-${i}`, ...share });
  return { empty, full, deepest };
};

const timed = async (handler: Handler, { name, event }: Read, deepest: number): Promise<number> => {
  const asked = event(deepest);
  const begin = performance.now();
  const { statusCode, body } = await handler(asked);
  const took = performance.now() - begin;
  if (statusCode !== 200) throw new LocalFailure(`${name} was answered with ${statusCode}: ${body}`);
  return took;
};

interface Side {
  readonly handlers: Record<Room, Handler>;
  readonly deepest: number;
}

/** One read on both tables, in turn, so that whatever disturbs the machine disturbs both. */
const compare = async (empty: Side, full: Side, read: Read, requests: number) => {
  const times = { empty: [] as number[], full: [] as number[] };
  const once = ({ handlers, deepest }: Side) => timed(handlers[read.room], read, deepest);
  const end = performance.now() + PATIENCE_MS;
  for (let i = -WARM_UP; i < requests; i++) {
    // What takes seconds is known by then, and by fewer.
    if (i >= LEAST_REQUESTS && performance.now() > end) break;
    const took = { empty: await once(empty), full: await once(full) };
    if (i < 0 && took.full > UNWARMED_MS) i = -1;
    if (i < 0) continue;
    times.empty.push(took.empty);
    times.full.push(took.full);
  }
  const ratio = (share: number) => quantile(times.full, share) / quantile(times.empty, share);
  const ms = { empty: quantile(times.empty, 0.99), full: quantile(times.full, 0.99) };
  const { name, unjudged } = read;
  return { read: name, unjudged, requests: times.full.length, p50: ratio(0.5), p99: ratio(0.99), ms };
};

const print = (results: readonly Awaited<ReturnType<typeof compare>>[]): void => {
  const head = ['read', 'p50, full / empty', 'p99, full / empty', 'p99 of the full one', ''];
  const table = new Table({ head, style: { head: [] } });
  for (const { read, unjudged, p50, p99, ms } of results) {
    const ratios = [p50, p99].map((ratio) => ratio.toFixed(2));
    table.push([read, ...ratios, `${ms.full.toFixed(1)} ms`, p99 <= LIMIT ? 'met' : (unjudged ?? `over ${LIMIT}`)]);
  }
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
    const { empty, full, deepest } = await progress.step(what, () => fillBoth(dynamo, options));
    const place = { dir: DIR, endpoint: AWS.endpoint, artifacts: ARTIFACTS };
    const onEmpty = { handlers: await handlersOn('empty', empty, place), deepest: 2 * PAGE };
    const onFull = { handlers: await handlersOn('full', full, place), deepest };
    const results: Awaited<ReturnType<typeof compare>>[] = [];
    for (const read of READS) results.push(await compare(onEmpty, onFull, read, options.requests));
    if (options.json) console.log(JSON.stringify(results, undefined, 2));
    else print(results);
  } finally {
    await stopEmulator(DIR);
  }
};
