import { Conflict, UpstreamFailed } from '../kernel/errors';
import type { AcceptedVersion, ModelVersion, Rejection } from '../registry/contract';
import type {
  EvaluateVersionEvent,
  EvaluateVersionResult,
  EvaluationReport,
  Findings,
  SandboxResponse,
} from './contract';
import { CandidateRejected, rejectionOf } from './domain/candidate-rejected';
import { judgeGates, rejectionBy } from './domain/judge-gates';
import { summaryOf } from './domain/summary';
import { championOf, type GatherPorts, gatherRequest } from './gather-request';
import type { ArtifactStore, RegisteredVersion, StoredReport, VersionRecords } from './ports';
import { NO_ENDPOINTS, type Places, runBoth } from './run-both';

export interface EvaluateVersionPorts extends GatherPorts {
  readonly records: VersionRecords;
  readonly artifacts: ArtifactStore;
  readonly places: Places;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** What was found out, or why nothing was run. */
type Found = { readonly findings: Findings } | { readonly notRun: string };

type Verdict =
  | { readonly kind: 'evaluated'; readonly found: Found }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

const verdictOf = (response: SandboxResponse): Verdict => {
  switch (response.status) {
    case 'evaluated':
      return { kind: 'evaluated', found: { findings: response.findings } };
    case 'rejected':
      return { kind: 'rejected', rejection: response.rejection };
    case 'failed':
      throw new UpstreamFailed(`the sandbox could not do its work: ${response.reason}`);
  }
};

/** Nobody started its container: an execution from before candidates were hosted for evaluation. */
const NOT_STARTED =
  'its container was not started for the evaluation; upload it again, with any change, to have it run';

/** What is to be said of a candidate at an endpoint before anything is asked of it; undefined where it answers. */
const withoutEndpoint = (
  { runtime, manifest }: RegisteredVersion,
  hosting: EvaluateVersionEvent['hosting'],
  places: Places,
): Verdict | undefined => {
  if (runtime.kind !== 'sagemaker') return undefined;
  if (places.endpoints === undefined) return { kind: 'evaluated', found: { notRun: NO_ENDPOINTS } };
  if (manifest.container === undefined || hosting?.hosting === 'ready') return undefined;
  if (hosting?.hosting !== 'failed') return { kind: 'evaluated', found: { notRun: NOT_STARTED } };
  const message = `the model could not be hosted for its evaluation: ${hosting.reason}; mend image, archive or container in contender.yaml and upload it again`;
  return { kind: 'rejected', rejection: rejectionOf('endpoint-failed', message) };
};

const judge = async (
  version: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  hosting: EvaluateVersionEvent['hosting'],
  ports: EvaluateVersionPorts,
): Promise<Verdict> => {
  const known = withoutEndpoint(version, hosting, ports.places);
  if (known !== undefined) return known;
  try {
    const request = await gatherRequest(version, champion, ports);
    return verdictOf(await runBoth(request, ports.places));
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

/** Records what a report says, gates and all. */
const recordReport = async (
  version: RegisteredVersion,
  { report, reference }: StoredReport,
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult['status']> => {
  const summary = summaryOf(report, reference);
  const rejection = report.gates && rejectionBy(report.gates);
  if (rejection === undefined) {
    await ports.records.recordEvaluation(version, summary, ports.now());
    return 'EVALUATED';
  }
  await ports.records.recordRejection(version, rejection, ports.now(), summary);
  return 'REJECTED';
};

/**
 * The report first, the row that points to it second: a crash between the two leaves nothing that points to nothing. The gates of
 * the report that was kept count, whatever policy came into force since.
 */
const recordFindings = async (
  version: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  found: Found,
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult['status']> => {
  const { model, version: number, rootDigest } = version;
  const findings = 'findings' in found ? found.findings : undefined;
  const gates = judgeGates(await ports.records.policy(model), { candidate: version, findings, champion });
  const identity = { schema: 1 as const, model, version: number, rootDigest, evaluatedAt: ports.now(), gates };
  const report: EvaluationReport = {
    ...identity,
    ...('findings' in found ? await split(found.findings, version, ports) : found),
  };
  return recordReport(version, await ports.artifacts.keepReport(report), ports);
};

/** A run that died after its report is finished with that report: what another run finds, even a fault, comes too late. */
const judgeAndRecord = async (
  version: RegisteredVersion,
  hosting: EvaluateVersionEvent['hosting'],
  ports: EvaluateVersionPorts,
): Promise<EvaluateVersionResult['status']> => {
  const kept = await ports.artifacts.findReport(version);
  if (kept !== undefined) return recordReport(version, kept, ports);
  const champion = await championOf(await ports.records.route(version.model), ports);
  const verdict = await judge(version, champion, hosting, ports);
  if (verdict.kind === 'evaluated') return recordFindings(version, champion, verdict.found, ports);
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
  try {
    return { ...resultOf(version), status: await judgeAndRecord(version, event.hosting, ports) };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // Another run of the same evaluation was first: its outcome is the outcome.
    const recorded = await ports.records.version(event.model, event.version);
    if (recorded.status === 'REGISTERED') throw error;
    return resultOf(recorded);
  }
};
