import type { AcceptedVersion, ArtifactFile, ModelVersion, Route } from '../registry/contract';
import type { EvaluationData, Runnable, SandboxFile, SandboxRequest } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { checkOwnData, type DataChoice, disagreement, fileOf, ownData } from './domain/choose-data';
import { seedOf } from './domain/seeded-random';
import type { ArtifactStore, RegisteredVersion, VersionRecords } from './ports';

export interface GatherPorts {
  /** Most rows that an endpoint is asked about. */
  readonly hostedRows: number;
  readonly records: Pick<VersionRecords, 'version'>;
  readonly artifacts: Pick<ArtifactStore, 'presign' | 'readReport'>;
}

/** The version that serves now; undefined while none does. */
export const championOf = async (
  route: Route | undefined,
  ports: { readonly records: Pick<VersionRecords, 'version'> },
): Promise<AcceptedVersion | undefined> => {
  if (route === undefined || route.mode === 'unserved') return undefined;
  const version = await ports.records.version(route.model, route.champion.version);
  return version.status === 'REJECTED' ? undefined : version;
};

const isAccepted = (version: ModelVersion): version is AcceptedVersion => version.status !== 'REJECTED';

/** The data that judged the champion: its own, or those that its own evaluation had to borrow. */
const dataOf = async (champion: AcceptedVersion, ports: GatherPorts): Promise<DataChoice | undefined> => {
  const own = ownData(champion);
  if (own !== undefined || champion.status === 'REGISTERED') return own;
  const { findings } = await ports.artifacts.readReport(champion.evaluation.report);
  if (findings?.evidence.evidence !== 'labelled') return undefined;
  const lender = await ports.records.version(champion.model, findings.evidence.data.version);
  return isAccepted(lender) ? ownData(lender) : undefined;
};

type Chosen =
  | { readonly kind: 'file'; readonly choice: DataChoice }
  | { readonly kind: 'none'; readonly reason: string };

const chooseData = async (
  candidate: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  ports: GatherPorts,
): Promise<Chosen> => {
  checkOwnData(candidate);
  const own = ownData(candidate);
  if (own !== undefined) return { kind: 'file', choice: own };
  const none = (why: string): Chosen => ({ kind: 'none', reason: `the upload has no evaluation data, and ${why}` });
  if (champion === undefined) return none('there is no champion whose data could be used');
  const borrowed = await dataOf(champion, ports);
  if (borrowed === undefined) return none(`the champion, version ${champion.version}, was evaluated without any`);
  const conflict = disagreement(candidate, champion);
  if (conflict !== undefined) return none(`the champion's do not fit: ${conflict}`);
  return { kind: 'file', choice: borrowed };
};

const locate = async (version: AcceptedVersion, file: ArtifactFile, ports: GatherPorts): Promise<SandboxFile> => ({
  ...file,
  url: await ports.artifacts.presign(version, file.path),
});

/** Undefined for a version without its graph. */
const runtimeOf = async (version: AcceptedVersion, ports: GatherPorts): Promise<Runnable['runtime'] | undefined> => {
  const { runtime } = version;
  if (runtime.kind === 'sagemaker') return runtime;
  const graph = fileOf(version, runtime.file);
  return graph && { kind: 'onnx', graph: await locate(version, graph, ports) };
};

/** @param columns names for the model's inputs where the version declares none. */
const runnableOf = (
  { version, rootDigest, signature, manifest }: AcceptedVersion,
  runtime: Runnable['runtime'],
  columns: AcceptedVersion['signature']['columns'],
): Runnable => {
  const named = signature.columns.length > 0 ? signature.columns : columns;
  return { version, rootDigest, runtime, signature: { ...signature, columns: named }, manifest };
};

const gatherChampion = async (
  champion: AcceptedVersion | undefined,
  data: Chosen,
  ports: GatherPorts,
): Promise<SandboxRequest['champion']> => {
  if (champion === undefined) return { status: 'absent', reason: 'there is no champion yet' };
  if (data.kind === 'none') return { status: 'absent', reason: 'there are no evaluation data to compare on' };
  const runtime = await runtimeOf(champion, ports);
  if (runtime === undefined)
    return { status: 'absent', reason: `the champion, version ${champion.version}, has no graph` };
  const runnable = runnableOf(champion, runtime, []);
  const lossCap = champion.status === 'REGISTERED' ? undefined : champion.evaluation.baseline?.cap;
  return { status: 'present', runnable, ...(lossCap === undefined ? {} : { lossCap }) };
};

const gatherData = async (data: Chosen, ports: GatherPorts): Promise<EvaluationData> => {
  if (data.kind === 'none') return data;
  const { owner, file, declaration } = data.choice;
  return {
    kind: 'file',
    source: { version: owner.version, file: file.path, sha256: file.sha256, label: declaration.label },
    file: await locate(owner, file, ports),
    declaration,
  };
};

const gatherGolden = async (candidate: RegisteredVersion, ports: GatherPorts): Promise<SandboxFile | undefined> => {
  const path = candidate.manifest.golden?.data;
  if (path === undefined) return undefined;
  const file = fileOf(candidate, path);
  if (file !== undefined) return locate(candidate, file, ports);
  throw new CandidateRejected(
    'data-missing',
    `golden.data names ${path}, which is not in the upload; upload it, or correct contender.yaml`,
  );
};

/** An endpoint is not asked about a million rows; the champion, or the candidate beside it, sees the same ones. */
const sampleOf = (
  { candidate, champion }: Pick<SandboxRequest, 'candidate' | 'champion'>,
  maxRows: number,
): Pick<SandboxRequest, 'sample'> => {
  const rival = champion.status === 'absent' ? undefined : champion.runnable;
  const isHosted = [candidate, rival].some((side) => side?.runtime.kind === 'sagemaker');
  return isHosted ? { sample: { rows: maxRows, seed: seedOf(candidate.rootDigest) } } : {};
};

/**
 * Everything that is needed to run a candidate, wherever it runs.
 * @throws CandidateRejected when the upload lacks what it declares.
 */
export const gatherRequest = async (
  candidate: RegisteredVersion,
  champion: AcceptedVersion | undefined,
  ports: GatherPorts,
): Promise<SandboxRequest> => {
  const runtime = await runtimeOf(candidate, ports);
  if (runtime === undefined) {
    throw new CandidateRejected(
      'graph-not-loaded',
      'the upload lacks the graph that it was registered with; upload it again, whole',
    );
  }
  const data = await chooseData(candidate, champion, ports);
  const golden = await gatherGolden(candidate, ports);
  const lent = data.kind === 'file' ? data.choice.owner.signature.columns : [];
  const sides = {
    candidate: runnableOf(candidate, runtime, lent),
    champion: await gatherChampion(champion, data, ports),
  };
  return {
    model: candidate.model,
    ...sides,
    ...sampleOf(sides, ports.hostedRows),
    data: await gatherData(data, ports),
    ...(golden === undefined ? {} : { golden }),
  };
};
