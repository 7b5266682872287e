import type { EvaluationReport } from '../../lambdas/evaluation/contract';
import type { Dossier } from '../../lambdas/exports/domain/model-card';
import type { ModelVersion } from '../../lambdas/registry/contract';
import { labelled, registered } from '../evaluation/versions';

export const LOANS = { name: 'loans', uri: 's3://lake/loans.csv', sha256: 'e'.repeat(64), rows: 900 };
const latency = { loadMs: 12, batch1: { runs: 9, p50: 0.123456, p99: 0.5 } };

/** A version that was approved on labelled evidence, beside a champion. */
export const approvedDossier = (manifest: object = {}): Dossier => {
  const version = registered(3, {
    owner: 'risk-models',
    inputs: [{ name: 'age', min: 18 }, { name: 'income' }],
    training: { datasets: [LOANS, { name: 'bureau' }], code: { repo: 'git://risk', commit: 'c0ffee' }, parent: 2 },
    card: { purpose: 'To rank applications', outOfScope: 'Pricing', ethics: 'Ask first' },
    ...manifest,
  });
  const summary = {
    evidence: 'labelled' as const,
    metrics: { rocAuc: 0.812345, accuracy: 0.75 },
    latencyMsPerRow: 0.1,
    report: { key: 'evaluations/credit/3.json', sha256: 'f'.repeat(64) },
  };
  const approved: ModelVersion = {
    ...version,
    status: 'APPROVED',
    evaluatedAt: 2000,
    approvedAt: 3000,
    approvalId: '0'.repeat(26),
    evaluation: summary,
    flags: [
      { kind: 'dataset-withdrawn', dataset: { name: 'loans', sha256: LOANS.sha256 }, at: 4000, reason: 'no consent' },
    ],
  };
  const rates = { n: 30, selectionRate: 0.5, tpr: null, accuracy: 0.7, loss: 0.3, tooSmall: false };
  const evidence = labelled({
    fairness: [{ attribute: 'sex', demographicParity: { difference: 0.25, ratio: 0.5 }, groups: [] }],
    segments: [
      { column: 'region', segments: [{ value: 'north | south', n: 12, metrics: { rocAuc: 0.7 }, tooSmall: true }] },
    ],
    groups: [{ attribute: 'sex', groups: [{ group: 'f', ...rates }] }],
    champion: {
      ...{
        status: 'compared',
        version: 2,
        rootDigest: 'a'.repeat(64),
        groups: [],
        meanLoss: 0.2,
        latencyMsPerRow: 0.1,
      },
      ...{ metrics: { rocAuc: 0.8, accuracy: 0.76 }, difference: { rocAuc: 0.012345, accuracy: -0.01 } },
    },
  });
  const report = {
    ...{ schema: 1, model: 'credit', version: 3, rootDigest: version.rootDigest, evaluatedAt: 2000 },
    findings: { task: 'binary-classification', evidence, latency, peakMemoryBytes: 1000 },
  } as object as EvaluationReport;
  const reviewer = { kind: 'person' as const, id: 'rita', name: 'Rita' };
  const reviews = [{ reviewer, decision: 'approve' as const, comment: 'Better where it counts', at: 3000 }];
  return {
    version: approved,
    report,
    approval: { id: '0'.repeat(26), status: 'APPROVED', reviews },
    championReplaced: 2,
  };
};

/** What could not even be read. */
export const rejectedDossier = (): Dossier => {
  const { files: _, artifactPrefix: __, runtime: ___, signature: ____, manifest: _____, ...rest } = registered(1);
  const rejection = { code: 'not-onnx', message: 'model.onnx is no ONNX file' };
  return { version: { ...rest, status: 'REJECTED', rejectedAt: 2, rejection } };
};
