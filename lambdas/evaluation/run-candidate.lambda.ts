import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { Internal } from '../kernel/errors';
import { ForkedModel } from './adapters/forked-model';
import { runCandidateEnvSchema } from './contract';
import { scorerSpeed, threadsOf } from './domain/scorer-speed';
import type { ModelLimits, OpenModel } from './ports';
import { sandboxHandler } from './sandbox-handler';

const env = readEnv(runCandidateEnvSchema);
const MB = 2 ** 20;
/** Share of the function's memory that a version may use; data and predictions need the rest. */
const MODEL_SHARE = 0.6;

const script = join(__dirname, 'run-model.child.js');
const threads = threadsOf(env.SCORER_MEMORY_MB, env.MEMORY_MB);
const scorer = scorerSpeed(env.SCORER_MEMORY_MB, env.MEMORY_MB);
const limits: ModelLimits = {
  memoryBytes: Math.floor(env.MEMORY_MB * MODEL_SHARE) * MB,
  timeMs: env.CANDIDATE_TIMEOUT_SECONDS * 1000,
};

const openModel: OpenModel = ({ runtime }, allowed) => {
  if (runtime.kind !== 'onnx') throw new Internal('an endpoint cannot be called from where graphs run');
  return new ForkedModel({ ...allowed, script, threads });
};

const handle = sandboxHandler({ maxFileBytes: env.MAX_FILE_BYTES, limits, openModel, scorer });

/** Its role may only log: all it knows and reads comes with the event. */
export const handler = (event: unknown, context: Context): Promise<object> => handle(event, context);
