import type { EvaluationReport, LabelledEvidence } from '../../lambdas/evaluation/contract';
import type { Dossier } from '../../lambdas/exports/domain/model-card';
import type { ModelVersion } from '../../lambdas/registry/contract';
import { labelled, registered } from '../evaluation/versions';

export const LOANS = { name: 'loans', uri: 's3://lake/loans.csv', sha256: 'e'.repeat(64), rows: 900 };
const latency = {
  loadMs: 12,
  batch1: { runs: 9, p50: 0.123456, p99: 0.5 },
  batch100: { runs: 3, p50: 0.01, p99: 0.02 },
};

const rates = { n: 30, selectionRate: 0.5, tpr: null, fpr: 0.25, accuracy: 0.7, loss: 0.3, tooSmall: false };
const apart = { difference: -0.2, low: -0.3, high: -0.1, level: 0.95, tooSmall: false };
const within = { difference: 0.02, low: -0.1, high: 0.14, level: 0.95, tooSmall: false };

const champion: LabelledEvidence['champion'] = {
  status: 'compared',
  version: 2,
  rootDigest: 'a'.repeat(64),
  groups: [{ attribute: 'sex', groups: [{ group: 'f', ...rates, loss: 0.35 }] }],
  meanLoss: 0.2,
  latencyMsPerRow: 0.1,
  metrics: { rocAuc: 0.8, accuracy: 0.76 },
  difference: { rocAuc: 0.012345, accuracy: -0.01 },
  paired: {
    mcnemar: { candidateOnly: 4, championOnly: 7, p: 0.5488 },
    metrics: {
      accuracy: { difference: -0.01, standardError: 0.02, low: -0.05, high: 0.03, p: 0.6, degreesOfFreedom: 39 },
      loss: { difference: -0.05, standardError: 0.02, low: -0.09, high: -0.01, p: 0.01, degreesOfFreedom: 39 },
    },
    tooFewClusters: ['rocAuc'],
  },
};

/** Everything that an evaluation may find. */
export const EVIDENCE: LabelledEvidence = labelled({
  data: {
    ...{ version: 2, file: 'evaluation.csv', sha256: 'b'.repeat(64), label: 'y', rows: 60 },
    clustering: { column: 'customer', clusters: 40, largest: 3, alone: 0 },
    time: { column: 'seen', from: Date.UTC(2024, 0, 15), to: Date.UTC(2024, 9, 15), missing: 2 },
  },
  fairness: [
    {
      attribute: 'sex',
      demographicParity: { difference: 0.25, ratio: 0.5 },
      groups: [
        {
          group: 'f',
          measures: [
            { measure: 'selectionRate', n: 30, rate: 0.5, restN: 30, restRate: 0.7, ...apart },
            { measure: 'accuracy', n: 30, rate: 0.72, restN: 30, restRate: 0.7, ...within },
          ],
        },
      ],
    },
  ],
  segments: [
    { column: 'region', segments: [{ value: 'north | south', n: 12, metrics: { rocAuc: 0.7 }, tooSmall: true }] },
  ],
  groups: [{ attribute: 'sex', groups: [{ group: 'f', clusters: 31, ...rates }] }],
  calibration: { bins: [{ low: 0.1, high: 0.2, n: 6, score: 0.15, rate: 0.166666 }] },
  importance: {
    ...{ metric: 'rocAuc', reference: 0.8, rows: 60, repeats: 5, seed: 1 },
    columns: [
      { column: 'income', drop: 0.01, deviation: 0.001 },
      { column: 'age', drop: 0.2, deviation: 0.01 },
    ],
  },
  baseline: {
    ...labelled().baseline,
    features: [
      {
        kind: 'number',
        name: 'age',
        edges: [20, 25, 30, 35, 40, 45, 50, 55, 60],
        counts: [6, 6, 6, 6, 6, 6, 6, 6, 6, 3],
        missing: 3,
      },
      { kind: 'level', name: 'income', levels: { high: 40 }, other: 20, missing: 0 },
    ],
  },
  champion,
});

const GATES = {
  policy: 4,
  results: [
    {
      kind: 'metric' as const,
      severity: 'block' as const,
      ...{ gate: 'rocAuc', metric: 'rocAuc', threshold: '≥ 0.75', value: 0.812345, pass: true, why: 'within' },
    },
    {
      kind: 'latency' as const,
      severity: 'warn' as const,
      ...{ gate: 'latency', threshold: '≤ 0.1 ms', value: 0.5, pass: false, why: 'too slow' },
    },
  ],
};

/** A version that was approved on labelled evidence, beside a champion. */
export const approvedDossier = (manifest: object = {}, signed = false): Dossier => {
  const version = registered(
    3,
    {
      owner: 'risk-models',
      inputs: [{ name: 'age', min: 18, unit: 'years' }, { name: 'income' }],
      training: {
        datasets: [LOANS, { name: 'bureau' }],
        code: { repo: 'git@example.com:risk/models.git', commit: 'c0ffee' },
        parent: 2,
      },
      card: { purpose: 'To rank applications', outOfScope: 'Pricing', ethics: 'Ask first', license: 'Apache-2.0' },
      ...manifest,
    },
    signed ? ['model.sig'] : [],
  );
  const summary = {
    evidence: 'labelled' as const,
    metrics: { rocAuc: 0.812345, accuracy: 0.75 },
    latencyMsPerRow: 0.1,
    report: { key: 'evaluations/credit/3.json', sha256: 'f'.repeat(64) },
    gates: GATES,
  };
  const approved: ModelVersion = {
    ...version,
    ...(signed ? { signing: { status: 'verified' as const, key: 'risk-team' } } : {}),
    status: 'APPROVED',
    evaluatedAt: 2000,
    approvedAt: 3000,
    approvalId: '0'.repeat(26),
    evaluation: summary,
    flags: [
      { kind: 'dataset-withdrawn', dataset: { name: 'loans', sha256: LOANS.sha256 }, at: 4000, reason: 'no consent' },
    ],
  };
  const report: EvaluationReport = {
    ...{ schema: 1, model: 'credit', version: 3, rootDigest: version.rootDigest, evaluatedAt: 2000 },
    findings: {
      task: 'binary-classification',
      evidence: EVIDENCE,
      latency,
      golden: {
        ...{ file: 'golden.csv', rows: 5, abs: 1e-5, rel: 1e-4, parity: true },
        ...{ largestAbs: 3e-7, largestRel: 2e-6, failures: [] },
      },
      peakMemoryBytes: 100 * 1_048_576,
      limits: { rows: 1, memoryBytes: 1, time: 1 },
      runtime: { node: 'v20', onnxruntime: '1.30.0', platform: 'linux' },
    },
  };
  return { version: approved, report, approval: APPROVAL, championReplaced: 2 };
};

const reviewer = { kind: 'person' as const, id: 'rita', name: 'Rita' };
export const APPROVAL = {
  ...{ id: '0'.repeat(26), status: 'APPROVED', required: 1, requestedAt: 2500, decidedAt: 3000 },
  reviews: [{ reviewer, decision: 'approve' as const, comment: 'Better where it counts', at: 3000 }],
};

/** The same at an endpoint, which was asked about a sample, and whose champion answered by its classes alone. */
export const hostedDossier = (): Dossier => {
  const { version, report, ...rest } = approvedDossier();
  if (version.status !== 'APPROVED' || report?.findings === undefined) throw new Error('not approved');
  const { peakMemoryBytes: _memory, ...findings } = report.findings;
  const data = { ...EVIDENCE.data, sample: { of: 1_000_000, seed: 1 } };
  const evidence = {
    ...EVIDENCE,
    data,
    champion: { ...champion, roundTrip: true as const, note: 'judged by classes' },
  };
  const asked = { batch1: { runs: 9, p50: 21, p99: 50 }, roundTrip: true as const };
  const runtime = { node: 'v22', platform: 'linux', endpoint: 'risk-1' };
  const hosted = { ...findings, evidence, latency: asked, limits: { rows: 60, time: 1 }, runtime };
  return {
    ...rest,
    version: { ...version, runtime: { kind: 'sagemaker', endpoint: 'risk-1' } },
    report: { ...report, findings: hosted },
  };
};

/** One that was not run. */
export const notRunDossier = (): Dossier => {
  const { version, report, ...rest } = hostedDossier();
  if (version.status !== 'APPROVED' || report === undefined) throw new Error('not approved');
  const { findings: _findings, ...unseen } = report;
  const { latencyMsPerRow: _latency, ...summary } = version.evaluation;
  const evaluation = { ...summary, evidence: 'none' as const, metrics: {} };
  return {
    ...rest,
    version: { ...version, evaluation },
    report: { ...unseen, notRun: 'it is hosted on SageMaker' },
  };
};

/** What a reviewer rejected, after evaluation. */
export const refusedDossier = (): Dossier => {
  const { version, report } = approvedDossier();
  if (version.status !== 'APPROVED') throw new Error('not approved');
  const { files: _, artifactPrefix: __, runtime: ___, signature: ____, evaluatedAt: _____, ...rest } = version;
  const { approvedAt: _6, approvalId, ...kept } = rest;
  const rejection = { code: 'rejected-by-reviewer', message: 'a reviewer rejected this version: unfair', approvalId };
  const comment = 'Unfair to a group; see the report';
  const reviews = [{ reviewer, decision: 'reject' as const, comment, at: 3000 }];
  return {
    version: { ...kept, status: 'REJECTED', rejectedAt: 3000, rejection },
    report,
    approval: { ...APPROVAL, status: 'REJECTED', reviews },
  };
};

/** One whose contender.yaml says nothing of its training, and whose run does. */
export const loggedDossier = (): Dossier => {
  const { version } = approvedDossier({ training: undefined });
  const datasets = [{ name: 'loans', digest: '1a2b3c4d', uri: 's3://lake/loans.csv' }];
  const run = { id: 'run-1', datasets, code: { repo: 'git@git.example:team/risk.git', commit: 'c0ffee' } };
  const dataset = { name: 'loans', digest: '1a2b3c4d' };
  const flags = [{ kind: 'dataset-withdrawn' as const, dataset, at: 4000, reason: 'no consent' }];
  return { version: { ...version, run, flags } };
};

/** What could not even be read. */
export const rejectedDossier = (): Dossier => {
  const { files: _, artifactPrefix: __, runtime: ___, signature: ____, manifest: _____, ...rest } = registered(1);
  const rejection = { code: 'not-onnx', message: 'model.onnx is no ONNX file' };
  return { version: { ...rest, status: 'REJECTED', rejectedAt: 2, rejection } };
};

/** One whose bytes are a version of another model. */
export const copiedDossier = (): Dossier => {
  const dossier = approvedDossier();
  return { ...dossier, version: { ...dossier.version, copiedFrom: { model: 'dev', version: 2 } } };
};
