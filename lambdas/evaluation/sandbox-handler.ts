import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { logger } from '../kernel/logger';
import { PresignedFiles } from './adapters/presigned-files';
import { readTableFile } from './adapters/table-file';
import { answerRows } from './answer-rows';
import { type ChampionResponse, type SandboxRequest, type SandboxResponse, sandboxRequestSchema } from './contract';
import type { ScorerSpeed } from './domain/scorer-speed';
import type { ModelLimits, OpenModel } from './ports';
import { type RunCandidatePorts, runCandidate } from './run-candidate';

export interface SandboxHandlerProps {
  /** Largest file that is read. */
  readonly maxFileBytes: number;
  readonly limits: ModelLimits;
  readonly openModel: OpenModel;
  /** Absent where the model answers from elsewhere, as it will. */
  readonly scorer?: ScorerSpeed;
}

const environment = { node: process.version, platform: `${process.platform}-${process.arch}` };

const perform = (request: SandboxRequest, ports: RunCandidatePorts): Promise<SandboxResponse | ChampionResponse> =>
  request.task === 'answer' ? answerRows(request, ports) : runCandidate(request, ports);

/** The handler of a function in which versions run: all that it knows and reads comes with the event. */
export const sandboxHandler =
  ({ maxFileBytes, limits, openModel, scorer }: SandboxHandlerProps) =>
  async (event: unknown, context: Context): Promise<SandboxResponse | ChampionResponse> => {
    const start = performance.now();
    const request = sandboxRequestSchema.parse(event);
    const folder = await mkdtemp(join(tmpdir(), 'candidate-'));
    try {
      const response = await perform(request, {
        files: new PresignedFiles(folder, maxFileBytes),
        readTable: readTableFile,
        openModel,
        limits,
        remainingMs: () => context.getRemainingTimeInMillis(),
        environment,
        ...(scorer ? { scorer } : {}),
      });
      logger.info('candidate', {
        model: request.model,
        version: request.candidate.version,
        task: request.task ?? 'evaluate',
        status: response.status,
        code: response.status === 'rejected' ? response.rejection.code : undefined,
        ms: Math.round(performance.now() - start),
      });
      return response;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
