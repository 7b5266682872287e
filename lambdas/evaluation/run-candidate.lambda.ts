import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { ForkedModel } from './adapters/forked-model';
import { PresignedFiles } from './adapters/presigned-files';
import { readTableFile } from './adapters/table-file';
import { runCandidateEnvSchema, type SandboxResponse, sandboxRequestSchema } from './contract';
import type { ModelLimits } from './ports';
import { runCandidate } from './run-candidate';

const env = readEnv(runCandidateEnvSchema);
const MB = 2 ** 20;
/** Share of the function's memory that a version may use; data and predictions need the rest. */
const MODEL_SHARE = 0.6;
/** MB of memory that come with one vCPU. */
const MB_PER_VCPU = 1769;

const script = join(__dirname, 'run-model.child.js');
const threads = Math.max(1, Math.round(env.MEMORY_MB / MB_PER_VCPU));
const limits: ModelLimits = {
  memoryBytes: Math.floor(env.MEMORY_MB * MODEL_SHARE) * MB,
  timeMs: env.CANDIDATE_TIMEOUT_SECONDS * 1000,
};
const environment = { node: process.version, platform: `${process.platform}-${process.arch}` };

const codeOf = (response: SandboxResponse): string | undefined =>
  response.status === 'rejected' ? response.rejection.code : undefined;

/** Its role may only log: all it knows and reads comes with the event. */
export const handler = async (event: unknown, context: Context): Promise<SandboxResponse> => {
  const start = performance.now();
  const request = sandboxRequestSchema.parse(event);
  const folder = await mkdtemp(join(tmpdir(), 'candidate-'));
  try {
    const response = await runCandidate(request, {
      files: new PresignedFiles(folder, env.MAX_FILE_BYTES),
      readTable: readTableFile,
      openModel: (allowed) => new ForkedModel({ ...allowed, script, threads }),
      limits,
      remainingMs: () => context.getRemainingTimeInMillis(),
      environment,
    });
    const { model, candidate } = request;
    const ms = Math.round(performance.now() - start);
    logger.info('candidate', {
      model,
      version: candidate.version,
      status: response.status,
      code: codeOf(response),
      ms,
    });
    return response;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
