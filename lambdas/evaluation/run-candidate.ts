import { UpstreamFailed } from '../kernel/errors';
import { checkGolden } from './check-golden';
import {
  type EvaluationData,
  type Findings,
  type GoldenReport,
  MAX_EVALUATION_ROWS,
  MAX_RESPONSE_BYTES,
  type Runnable,
  type SandboxRequest,
  type SandboxResponse,
} from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { checkSignature } from './domain/check-signature';
import { fitFindings } from './domain/fit-findings';
import { findEvidence, type LabelledTask } from './find-evidence';
import { type ReadyModel, readyModel } from './judge-on-data';
import type { EvaluationRows, FileSource, ModelLimits, ModelProcess, TableReader } from './ports';
import { openEvaluationData } from './read-evaluation-data';
import { smokeRun } from './smoke-run';

export interface RunCandidatePorts {
  readonly files: FileSource;
  readonly readTable: TableReader;
  /** Starts a fresh process; nothing is loaded into it yet. */
  readonly openModel: (limits: ModelLimits) => ModelProcess;
  readonly limits: ModelLimits;
  /** Milliseconds before the sandbox itself is ended. */
  readonly remainingMs: () => number;
  readonly environment: { readonly node: string; readonly platform: string };
}

/** Milliseconds of the sandbox's own time that no version may take: the answer has to be put together and sent. */
const RESERVED_MS = 5000;

const loadCandidate = async (process: ModelProcess, runnable: Runnable, files: FileSource): Promise<ReadyModel> => {
  const loaded = await process.load(await files.save(runnable.graph, 'candidate.onnx'));
  checkSignature(runnable.signature, loaded);
  return readyModel(process, runnable, loaded);
};

/** The champion gets the time that is left. */
const openChampion = (ports: RunCandidatePorts) => (): ModelProcess => {
  const { limits } = ports;
  const timeMs = Math.max(0, Math.min(limits.timeMs, ports.remainingMs() - RESERVED_MS));
  return ports.openModel({ ...limits, timeMs });
};

const labelledTask = (
  request: SandboxRequest,
  data: Extract<EvaluationData, { kind: 'file' }>,
  rows: EvaluationRows,
  championPath: string | undefined,
  ports: RunCandidatePorts,
): LabelledTask => {
  const { champion } = request;
  if (champion.status === 'absent' || championPath === undefined) {
    const reason = champion.status === 'absent' ? champion.reason : 'its graph is not there';
    return { data, rows, champion: { status: 'absent', reason } };
  }
  const { runnable, lossCap } = champion;
  const task = { status: 'present' as const, runnable, open: openChampion(ports), path: championPath };
  return { data, rows, champion: lossCap === undefined ? task : { ...task, lossCap } };
};

const goldenOf = async (
  model: ReadyModel,
  { golden: file, candidate }: SandboxRequest,
  ports: RunCandidatePorts,
): Promise<GoldenReport | undefined> => {
  const { golden: declared } = candidate.manifest;
  return file === undefined || declared === undefined ? undefined : checkGolden(model, { file, declared }, ports);
};

const examine = async (process: ModelProcess, request: SandboxRequest, ports: RunCandidatePorts): Promise<Findings> => {
  const { candidate, champion, data } = request;
  const rival = champion.status === 'present' ? champion.runnable : undefined;
  const [model, rows, championPath] = await Promise.all([
    loadCandidate(process, candidate, ports.files),
    data.kind === 'file' ? openEvaluationData(data, candidate, rival, ports) : undefined,
    rival === undefined ? undefined : ports.files.save(rival.graph, 'champion.onnx'),
  ]);
  const golden = await goldenOf(model, request, ports);
  const found =
    data.kind === 'file' && rows !== undefined
      ? await findEvidence(model, labelledTask(request, data, rows, championPath, ports))
      : await smokeRun(model, data.kind === 'none' ? data.reason : '');
  const { reading, loadMs, onnxruntime } = model;
  const classes = reading.task === 'regression' ? undefined : reading.classes;
  return {
    task: reading.task,
    ...(classes === undefined ? {} : { classes: [...classes] }),
    evidence: found.evidence,
    latency: { loadMs, ...found.latency },
    ...(golden === undefined ? {} : { golden }),
    ...('background' in found && found.background ? { background: found.background } : {}),
    peakMemoryBytes: process.peakMemoryBytes,
    limits: { rows: MAX_EVALUATION_ROWS, memoryBytes: ports.limits.memoryBytes, time: ports.limits.timeMs },
    runtime: { ...ports.environment, onnxruntime },
  };
};

/**
 * Runs a candidate, and then the champion on the same rows, each in a process of its own, and tells what was found.
 * Faults of the candidate or of its upload are answers; so is a download that failed.
 */
export const runCandidate = async (request: SandboxRequest, ports: RunCandidatePorts): Promise<SandboxResponse> => {
  // It starts while the files are on their way.
  const process = ports.openModel(ports.limits);
  try {
    const findings = await examine(process, request, ports);
    return { status: 'evaluated', findings: fitFindings(findings, MAX_RESPONSE_BYTES) };
  } catch (error) {
    if (error instanceof CandidateRejected) return { status: 'rejected', rejection: error.rejection };
    if (error instanceof UpstreamFailed) return { status: 'failed', reason: error.message };
    throw error;
  } finally {
    process.close();
  }
};
