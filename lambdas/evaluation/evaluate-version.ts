import { Conflict, UpstreamFailed } from '../kernel/errors';
import type { AcceptedVersion, ModelVersion, Rejection } from '../registry/contract';
import type {
  EvaluateVersionEvent,
  EvaluateVersionResult,
  EvaluationReport,
  Findings,
  SandboxResponse,
} from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { judgeGates, rejectionBy } from './domain/judge-gates';
import { summaryOf } from './domain/summary';
import { championOf, type GatherPorts, gatherRequest } from './gather-request';
import type { ArtifactStore, RegisteredVersion, Sandbox, VersionRecords } from './ports';

export interface EvaluateVersionPorts extends GatherPorts {
  readonly records: VersionRecords;
  readonly artifacts: ArtifactStore;
  readonly sandbox: Sandbox;
  /** UTC milliseconds. */
  readonly now: () => number;
}

type Verdict =
  | { readonly kind: 'evaluated'; readonly findings: Findings | undefined }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

const verdictOf = (response: SandboxResponse): Verdict => {
  switch (response.status) {
    case 'evaluated':
      return { kind: 'evaluated', findings: response.findings };
    case 'rejected':
      return { kind: 'rejected', rejection: response.rejection };
    case 'failed':
      throw new UpstreamFailed(`the sandbox could not do its work: ${response.reason}`);
  }
};

const judge = async (
  version: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  ports: EvaluateVersionPorts,
): Promise<Verdict> => {
  try {
    const request = await gatherRequest(version, champion, ports);
    if (request === undefined) return { kind: 'evaluated', findings: undefined };
    return verdictOf(await ports.sandbox.run(request));
  } catch (error) {
    if (error instanceof CandidateRejected) return { kind: 'rejected', rejection: error.rejection };
    throw error;
  }
};

/** The background sample lies apart from what people read. */
const split = async (
  { background, ...findings }: Findings,
  version: RegisteredVersion,
  { artifacts }: EvaluateVersionPorts,
): Promise<Pick<EvaluationReport, 'findings' | 'background'>> => {
  if (background === undefined) return { findings };
  return { findings, background: await artifacts.keepBackground(version, background) };
};

/**
 * The report first, the row that points to it second: a crash between the two leaves nothing that points to nothing. The gates of
 * the report that was kept count, whatever policy came into force since.
 */
const recordFindings = async (
  version: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  findings: Findings | undefined,
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult['status']> => {
  const { model, version: number, rootDigest } = version;
  const gates = judgeGates(await ports.records.policy(model), { candidate: version, findings, champion });
  const identity = { schema: 1 as const, model, version: number, rootDigest, evaluatedAt: ports.now(), gates };
  const report: EvaluationReport =
    findings === undefined ? identity : { ...identity, ...(await split(findings, version, ports)) };
  const kept = await ports.artifacts.keepReport(report);
  const summary = summaryOf(kept.report, kept.reference);
  const rejection = kept.report.gates && rejectionBy(kept.report.gates);
  if (rejection === undefined) {
    await ports.records.recordEvaluation(version, summary, ports.now());
    return 'EVALUATED';
  }
  await ports.records.recordRejection(version, rejection, ports.now(), summary);
  return 'REJECTED';
};

const record = async (
  version: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  verdict: Verdict,
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult['status']> => {
  if (verdict.kind === 'evaluated') return recordFindings(version, champion, verdict.findings, ports);
  await ports.records.recordRejection(version, verdict.rejection, ports.now());
  return 'REJECTED';
};

const resultOf = (version: ModelVersion): EvaluateVersionResult => ({
  status: version.status === 'REJECTED' ? 'REJECTED' : 'EVALUATED',
  model: version.model,
  version: version.version,
});

/**
 * Evaluates a registered version and records the outcome. A version that already has one keeps it.
 * @throws Throttled, UpstreamFailed when nothing could be found out; the caller tries again.
 */
export const evaluateVersion = async (
  event: EvaluateVersionEvent,
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult> => {
  const version = await ports.records.version(event.model, event.version);
  if (version.status !== 'REGISTERED') return resultOf(version);
  const champion = await championOf(await ports.records.route(version.model), ports);
  const verdict = await judge(version, champion, ports);
  try {
    return { ...resultOf(version), status: await record(version, champion, verdict, ports) };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // Another run of the same evaluation was first: its outcome is the outcome.
    const recorded = await ports.records.version(event.model, event.version);
    if (recorded.status === 'REGISTERED') throw error;
    return resultOf(recorded);
  }
};
