import type { Bins } from '../../evaluation/schemas/baseline';
import type { EvaluationReport } from '../../evaluation/schemas/report';
import type { ModelVersion } from '../../registry/contract';
import { lineageOf } from '../../registry/domain/describe-version';
import { policyText } from '../../registry/domain/policy-for';
import { textOf } from '../../registry/domain/version-flags';
import type { CardApproval, ModelCard, SeenColumn } from '../schemas/model-card';

/** All that is on record about a version. */
export interface Dossier {
  readonly version: ModelVersion;
  readonly report?: EvaluationReport | undefined;
  readonly approval?: CardApproval | undefined;
  readonly championReplaced?: number | undefined;
}

const detailsOf = ({ version, report }: Dossier): ModelCard['details'] => {
  const { manifest } = version;
  const gates = 'evaluation' in version ? version.evaluation?.gates : undefined;
  const isAccepted = version.status !== 'REJECTED';
  return {
    model: version.model,
    version: version.version,
    status: version.status,
    task: report?.findings?.task ?? manifest?.task,
    owner: manifest?.owner,
    risk: manifest?.risk,
    tier: gates?.tier,
    policy: gates && policyText(gates),
    uploader: version.uploader,
    registeredAt: version.registeredAt,
    rootDigest: version.rootDigest,
    signing: version.signing,
    runtime: isAccepted ? version.runtime : undefined,
    files: isAccepted ? version.files : [],
    inputs: isAccepted ? version.signature.inputs : [],
    outputs: isAccepted ? version.signature.outputs : [],
    columns: isAccepted ? version.signature.columns : [],
    rejection: isAccepted ? undefined : { code: version.rejection.code, message: version.rejection.message },
  };
};

const trainingOf = ({ version, championReplaced }: Dossier): ModelCard['training'] => {
  const lineage = { ...lineageOf(version), ...(championReplaced === undefined ? {} : { championReplaced }) };
  const flags = version.flags ?? [];
  const datasets = lineage.datasets.map((dataset) => {
    const flag = flags.find((one) => textOf(one.dataset) === textOf(dataset));
    return flag === undefined ? dataset : { ...dataset, withdrawn: { at: flag.at, reason: flag.reason } };
  });
  return { lineage, datasets, flags };
};

const DECILES = ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7', '0.8', '0.9'];

const seenColumn = (bins: Bins): SeenColumn => {
  const { name, missing } = bins;
  const counts = bins.kind === 'number' ? bins.counts : [...Object.values(bins.levels), bins.other];
  const rows = counts.reduce((sum, count) => sum + count, missing);
  const edges = bins.kind === 'number' && bins.edges.length === DECILES.length ? bins.edges : undefined;
  const quantiles = edges && Object.fromEntries(edges.map((edge, at) => [DECILES[at], edge]));
  return { name, rows, missing, ...(quantiles && { quantiles }) };
};

const evaluationOf = ({ version, report }: Dossier): ModelCard['evaluation'] => {
  const summary = 'evaluation' in version ? version.evaluation : undefined;
  if (summary === undefined) return undefined;
  const evidence = report?.findings?.evidence;
  const found = evidence?.evidence === 'labelled' ? evidence : undefined;
  return {
    evidence: summary.evidence,
    evaluatedAt: 'evaluatedAt' in version ? version.evaluatedAt : report?.evaluatedAt,
    report: summary.report,
    data: found?.data,
    metrics: summary.metrics,
    champion: found?.champion,
    groups: found?.groups ?? [],
    fairness: found?.fairness,
    segments: found?.segments,
    calibration: found?.calibration,
    importance: found?.importance,
    columns: found?.baseline.features.map(seenColumn),
    golden: report?.findings?.golden,
    latency: report?.findings?.latency,
    peakMemoryBytes: report?.findings?.peakMemoryBytes,
    runtime: report?.findings?.runtime,
    notRun: report?.notRun,
    gates: summary.gates ?? report?.gates,
  };
};

/** The card of a version: a function of the record alone, so that the same record has the same card. */
export const modelCard = (dossier: Dossier): ModelCard => ({
  schema: 1,
  details: detailsOf(dossier),
  intendedUse: dossier.version.manifest?.card,
  training: trainingOf(dossier),
  evaluation: evaluationOf(dossier),
  approval: dossier.approval,
});
