import type { AcceptedVersion, EvaluationSummary, ModelVersion, Policy, Rejection, Route } from '../registry/contract';
import type { CellKind } from '../scoring/domain/cell-kind';
import type { Tensors } from '../scoring/domain/tensor';
import type {
  Background,
  ChampionResponse,
  EvaluationReport,
  Runnable,
  SandboxFile,
  SandboxRequest,
  SandboxResponse,
} from './contract';
import type { Table } from './domain/table';
import type { LoadedModel } from './model-protocol';

export type RegisteredVersion = Extract<ModelVersion, { status: 'REGISTERED' }>;

/** The registry, as far as evaluation needs it. */
export interface VersionRecords {
  /** @throws NotFound */
  version(model: string, version: number): Promise<ModelVersion>;
  route(model: string): Promise<Route | undefined>;
  /** In force now, and its number. */
  policy(model: string): Promise<{ number: number; policy: Policy }>;
  /** @throws Conflict when the version changed since it was read. */
  recordEvaluation(version: RegisteredVersion, summary: EvaluationSummary, at: number): Promise<void>;
  /** @param summary what was found out before the version was rejected @throws Conflict when it changed since it was read. */
  recordRejection(
    version: RegisteredVersion,
    rejection: Rejection,
    at: number,
    summary?: EvaluationSummary,
  ): Promise<void>;
}

/** The artifact bucket, as far as evaluation needs it. */
export interface ArtifactStore {
  /** A URL that reads the file for as long as an evaluation may take. */
  presign(version: AcceptedVersion, path: string): Promise<string>;
  /** The report that an evaluation of this version kept before, whether or not it came to record it. */
  findReport(identity: ReportIdentity): Promise<StoredReport | undefined>;
  /** Stores the report unless there is one under its key; returns what lies there. */
  keepReport(report: EvaluationReport): Promise<StoredReport>;
  /** Stores a background sample beside the report to come; no other sample ever takes its place. */
  keepBackground(
    identity: ReportIdentity,
    background: Background,
  ): Promise<NonNullable<EvaluationReport['background']>>;
  /** The report that a summary names. @throws UpstreamFailed when it is not what was recorded. */
  readReport(reference: EvaluationSummary['report']): Promise<EvaluationReport>;
}

/** What a report is about. */
export type ReportIdentity = Pick<EvaluationReport, 'model' | 'version' | 'rootDigest'>;

export interface StoredReport {
  readonly report: EvaluationReport;
  readonly reference: EvaluationSummary['report'];
}

/** Where versions of one kind run. */
export interface Sandbox {
  /** `rejected` also when the sandbox itself went down with the candidate. @throws Throttled, UpstreamFailed */
  run(request: SandboxRequest): Promise<SandboxResponse>;
  /** What the champion of the request says to its rows. @throws Throttled, UpstreamFailed */
  answer(request: SandboxRequest): Promise<ChampionResponse>;
}

/** Reads the files of a request, each checked against its digest. */
export interface FileSource {
  /** Writes the file into the private folder and returns its path. @throws UpstreamFailed, CandidateRejected */
  save(file: SandboxFile, name: string): Promise<string>;
}

/**
 * One version, where it runs: a process of its own, or an endpoint. Every method but `close` throws CandidateRejected, whatever
 * happens in there, and UpstreamFailed for what passes by itself and says nothing about the version.
 */
export interface ModelProcess {
  /** Starts the clock of the version's time limit. @param graph path of the graph; undefined for an endpoint */
  load(graph: string | undefined): Promise<LoadedModel>;
  /** @param doing what the run is for, such as `scoring rows 1–100 of evaluation.csv`; part of messages. */
  run(inputs: Tensors, doing: string): Promise<Tensors>;
  /** Milliseconds of each of up to `runs` runs on the same rows. */
  time(inputs: Tensors, runs: number, budgetMs: number): Promise<Float64Array>;
  /** Most bytes that it was seen to hold; undefined where nobody can look. */
  readonly peakMemoryBytes: number | undefined;
  /** Behind a network: every run is a call that takes milliseconds and costs money. */
  readonly isRemote: boolean;
  /** Ends the process, whatever it does. */
  close(): void;
}

/** Makes a version ready to be loaded, wherever it runs. */
export type OpenModel = (runnable: Runnable, limits: ModelLimits) => ModelProcess;

/** What a version may use. */
export interface ModelLimits {
  readonly memoryBytes: number;
  readonly timeMs: number;
}

export interface TableOptions {
  /** Its name in messages. */
  readonly file: string;
  readonly maxRows: number;
  /** Decides, once the header is known, which columns are read and how. @throws CandidateRejected */
  readonly kindsOf: (header: readonly string[]) => ReadonlyMap<string, CellKind>;
}

/** Takes consecutive rows; the next ones are read when it is done, so that no more than one part is held. */
export type TakeRows = (part: Table) => Promise<void>;

/** Reads the table that lies at a path, from its first row to its last. @throws CandidateRejected naming file, row and column. */
export type TableReader = (path: string, options: TableOptions, take: TakeRows) => Promise<void>;

/** Evaluation data, which every version reads anew. */
export interface EvaluationRows {
  /** @throws CandidateRejected */
  read(take: TakeRows): Promise<void>;
  /** How the rows were drawn, once they were read; undefined where they are all there are. */
  readonly sample?: { readonly of: number; readonly seed: number } | undefined;
}
