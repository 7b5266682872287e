import { UpstreamFailed } from '../kernel/errors';
import { checkGolden } from './check-golden';
import { type ChampionTask, championElsewhere, championHere } from './compare-champion';
import {
  type EvaluationData,
  type Findings,
  type GoldenReport,
  MAX_EVALUATION_ROWS,
  MAX_RESPONSE_BYTES,
  type SandboxRequest,
  type SandboxResponse,
} from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { fitFindings } from './domain/fit-findings';
import type { ScorerSpeed } from './domain/scorer-speed';
import { findEvidence, type LabelledTask } from './find-evidence';
import { type ReadyModel, readyModel } from './judge-on-data';
import { loadCandidate, saveGraph } from './load-model';
import type { EvaluationRows, FileSource, ModelLimits, OpenModel, TableReader } from './ports';
import { openEvaluationData } from './read-evaluation-data';
import { smokeRun } from './smoke-run';

export interface RunCandidatePorts {
  readonly files: FileSource;
  readonly readTable: TableReader;
  /** Starts it afresh; nothing is loaded yet. */
  readonly openModel: OpenModel;
  readonly limits: ModelLimits;
  /** Milliseconds before the sandbox itself is ended. */
  readonly remainingMs: () => number;
  readonly environment: { readonly node: string; readonly platform: string };
  /** Of the function that would serve the version; absent where the model answers from elsewhere, as it will. */
  readonly scorer?: ScorerSpeed;
}

/** Milliseconds of the sandbox's own time that no version may take: the answer has to be put together and sent. */
const RESERVED_MS = 5000;

/** What the function gives a version, or less where the request says so. */
export const limitsFor = ({ timeMs }: SandboxRequest, { limits }: RunCandidatePorts): ModelLimits =>
  timeMs === undefined ? limits : { ...limits, timeMs: Math.min(limits.timeMs, timeMs) };

/** The champion gets the time that is left. */
const openChampion = (
  task: Extract<SandboxRequest['champion'], { status: 'present' }>,
  graph: string | undefined,
  ports: RunCandidatePorts,
): ChampionTask['judge'] =>
  championHere(async () => {
    const { limits } = ports;
    const timeMs = Math.max(0, Math.min(limits.timeMs, ports.remainingMs() - RESERVED_MS));
    const process = ports.openModel(task.runnable, { ...limits, timeMs });
    try {
      return readyModel(process, task.runnable, await process.load(graph));
    } catch (error) {
      process.close();
      throw error;
    }
  });

const championTask = (
  { champion }: SandboxRequest,
  graph: string | undefined,
  ports: RunCandidatePorts,
): LabelledTask['champion'] => {
  if (champion.status === 'absent') return champion;
  const { runnable, lossCap } = champion;
  const judge =
    champion.status === 'answered'
      ? championElsewhere(runnable, champion.answers)
      : openChampion(champion, graph, ports);
  return { status: 'present', runnable, judge, ...(lossCap === undefined ? {} : { lossCap }) };
};

const goldenOf = async (
  model: ReadyModel,
  { golden: file, candidate }: SandboxRequest,
  ports: RunCandidatePorts,
): Promise<GoldenReport | undefined> => {
  const { golden: declared } = candidate.manifest;
  return file === undefined || declared === undefined ? undefined : checkGolden(model, { file, declared }, ports);
};

interface Prepared {
  readonly model: ReadyModel;
  readonly rows: EvaluationRows | undefined;
  readonly championGraph: string | undefined;
}

const evidenceOf = ({ model, rows, championGraph }: Prepared, request: SandboxRequest, ports: RunCandidatePorts) => {
  const { data }: { data: EvaluationData } = request;
  if (data.kind === 'none' || rows === undefined) return smokeRun(model, data.kind === 'none' ? data.reason : '');
  return findEvidence(model, { data, rows, champion: championTask(request, championGraph, ports) });
};

/** How far it could go, and what it ran on. */
const circumstances = (
  { process, runnable, loaded }: ReadyModel,
  request: SandboxRequest,
  ports: RunCandidatePorts,
): Pick<Findings, 'peakMemoryBytes' | 'limits' | 'runtime'> => {
  const { memoryBytes, timeMs: time } = limitsFor(request, ports);
  const rows = request.sample?.rows ?? MAX_EVALUATION_ROWS;
  const { peakMemoryBytes } = process;
  const { runtime } = runnable;
  return {
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
    limits: { rows, ...(process.isRemote ? {} : { memoryBytes }), time },
    runtime: {
      ...ports.environment,
      ...(loaded.onnxruntime === undefined ? {} : { onnxruntime: loaded.onnxruntime }),
      ...(runtime.kind === 'sagemaker' ? { endpoint: runtime.endpoint } : {}),
    },
  };
};

const prepare = async (
  process: ReturnType<OpenModel>,
  request: SandboxRequest,
  ports: RunCandidatePorts,
): Promise<Prepared> => {
  const { candidate, champion, data } = request;
  const [model, rows, championGraph] = await Promise.all([
    loadCandidate(process, candidate, ports.files),
    data.kind === 'file' ? openEvaluationData(data, request, ports) : undefined,
    champion.status === 'present' ? saveGraph(champion.runnable, ports.files, 'champion') : undefined,
  ]);
  return { model, rows, championGraph };
};

const examine = async (
  process: ReturnType<OpenModel>,
  request: SandboxRequest,
  ports: RunCandidatePorts,
): Promise<Findings> => {
  const prepared = await prepare(process, request, ports);
  const { model } = prepared;
  const golden = await goldenOf(model, request, ports);
  const found = await evidenceOf(prepared, request, ports);
  const { reading, loaded } = model;
  const classes = reading.task === 'regression' ? undefined : reading.classes;
  return {
    task: reading.task,
    ...(classes === undefined ? {} : { classes: [...classes] }),
    evidence: found.evidence,
    latency: {
      ...(loaded.loadMs === undefined ? {} : { loadMs: loaded.loadMs }),
      ...found.latency,
      ...(ports.scorer ? { scorer: ports.scorer } : {}),
    },
    ...(golden === undefined ? {} : { golden }),
    ...('background' in found && found.background ? { background: found.background } : {}),
    ...circumstances(model, request, ports),
  };
};

type Shortfall = Exclude<SandboxResponse, { status: 'evaluated' }>;

/** Faults of the version or of its upload are answers; so is what passes by itself. Others are bugs and stay errors. */
export const shortfallOf = (error: unknown): Shortfall => {
  if (error instanceof CandidateRejected) return { status: 'rejected', rejection: error.rejection };
  if (error instanceof UpstreamFailed) return { status: 'failed', reason: error.message };
  throw error;
};

/**
 * Runs a candidate, and then the champion on the same rows, each afresh, and tells what was found. Faults of the candidate or
 * of its upload are answers; so is a download that failed.
 */
export const runCandidate = async (request: SandboxRequest, ports: RunCandidatePorts): Promise<SandboxResponse> => {
  // It starts while the files are on their way.
  const process = ports.openModel(request.candidate, limitsFor(request, ports));
  try {
    const findings = await examine(process, request, ports);
    return { status: 'evaluated', findings: fitFindings(findings, MAX_RESPONSE_BYTES) };
  } catch (error) {
    return shortfallOf(error);
  } finally {
    process.close();
  }
};
