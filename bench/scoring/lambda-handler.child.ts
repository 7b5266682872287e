/**
 * The scoring function's bundle as Lambda runs it: loaded in a fresh process, called with the gateway's event.
 *
 *     node lambda-handler.cjs <index.js> <model folder> <seconds>      # sends LambdaCold, then LambdaWarm, to its parent
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { sessionOptions } from '../../lambdas/scoring/adapters/session-options';
import { median } from '../quantiles';
import type { Golden } from './models';
import { OIP } from './protocols';

/** As much of the gateway's event as the function reads. */
type Handler = (event: object) => Promise<APIGatewayProxyStructuredResultV2>;

/** The first answer; empty when it was right, else what it said. */
export interface LambdaCold {
  readonly complaint: string;
}
/** Median times of a call and of the session's run on the same rows, taken in turn, in microseconds. */
export interface LambdaWarm {
  readonly handlerUs: number;
  readonly rawUs: number;
}

const BLOCK = 50;
const WARM_UP_BLOCKS = 20;

const [index = '', folder = '', seconds] = process.argv.slice(2);
const load = createRequire(index);

const eventOf = (body: string, turn: number) => ({
  rawPath: OIP.path(basename(folder)),
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  body,
  requestContext: {
    requestId: `request-${turn}`,
    http: { method: 'POST' },
    authorizer: { jwt: { claims: { client_id: 'bench', scope: 'contender/predict' } } },
  },
});

const timed = async (times: number[], work: (turn: number) => Promise<unknown>): Promise<void> => {
  for (let turn = 0; turn < BLOCK; turn++) {
    const startedAt = performance.now();
    await work(turn);
    times.push((performance.now() - startedAt) * 1000);
  }
};

const warm = async (handler: Handler, bodies: readonly string[], golden: Golden): Promise<LambdaWarm> => {
  const ort = load('onnxruntime-node') as typeof import('onnxruntime-node');
  const session = await ort.InferenceSession.create(join(folder, 'model.onnx'), sessionOptions(1));
  const rows = golden.rows.map((row) => new ort.Tensor('float32', Float32Array.from(row), [1, row.length]));
  const call = (turn: number) => handler(eventOf(bodies[turn % bodies.length] ?? '', turn));
  const run = (turn: number) => session.run({ features: rows[turn % rows.length] as (typeof rows)[number] });
  const both = async (handlerTimes: number[], rawTimes: number[]) => {
    await timed(handlerTimes, call);
    await timed(rawTimes, run);
  };
  for (let block = 0; block < WARM_UP_BLOCKS; block++) await both([], []);
  const handlerTimes: number[] = [];
  const rawTimes: number[] = [];
  for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end; )
    await both(handlerTimes, rawTimes);
  return { handlerUs: median(handlerTimes), rawUs: median(rawTimes) };
};

const main = async (): Promise<void> => {
  const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
  const bodies = golden.rows.map((row) => JSON.stringify(OIP.question(row)));
  const { handler } = load(index) as { handler: Handler };
  const { statusCode, body = '' } = await handler(eventOf(bodies[0] ?? '', 0));
  const isRight = statusCode === 200 && OIP.isRight(JSON.parse(body), golden, 0);
  const cold: LambdaCold = { complaint: isRight ? '' : `${statusCode} ${body.slice(0, 300)}` };
  process.send?.(cold);
  if (isRight && Number(seconds) > 0) process.send?.(await warm(handler, bodies, golden));
  process.disconnect();
};

void main();
