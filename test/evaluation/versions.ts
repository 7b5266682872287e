import type { LabelledEvidence } from '../../lambdas/evaluation/contract';
import type { RegisteredVersion } from '../../lambdas/evaluation/ports';
import { type AcceptedVersion, type ModelVersion, manifestSchema, type Route } from '../../lambdas/registry/contract';

const digestOf = (version: number): string => String(version).padStart(64, 'a');

/** A registered version with the files named. */
export const registered = (
  version: number,
  manifest: unknown = {},
  files: readonly string[] = [],
): RegisteredVersion => ({
  status: 'REGISTERED',
  model: 'credit',
  version,
  registeredAt: 1,
  uploader: { kind: 'person', id: 'ada' },
  source: { bucket: 'b', key: 'k', id: String(version) },
  generation: 0,
  rootDigest: digestOf(version),
  files: ['model.onnx', ...files].map((path) => ({ path, size: 10, sha256: digestOf(version) })),
  artifactPrefix: `models/credit/${digestOf(version)}/`,
  runtime: { kind: 'onnx', file: 'model.onnx' },
  signature: {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 1] }],
    columns: manifestSchema.parse(manifest).inputs ?? [],
  },
  manifest: manifestSchema.parse(manifest),
});

/** The same, in service. */
export const serving = (version: RegisteredVersion, baseline?: { cap: number }): AcceptedVersion => ({
  ...version,
  status: 'SERVING',
  evaluatedAt: 2,
  approvedAt: 3,
  approvalId: '0'.repeat(26),
  servingSince: 4,
  evaluation: {
    evidence: baseline ? 'labelled' : 'none',
    metrics: {},
    ...(baseline ? { baseline: { rows: 1, mean: 0, perClass: [], ...baseline } } : {}),
    latencyMsPerRow: 1,
    report: { key: `evaluations/credit/${version.version}.json`, sha256: 'x' },
  },
});

export const championRoute = ({ model, version, rootDigest }: ModelVersion & { rootDigest: string }): Route => ({
  mode: 'champion',
  model,
  generation: 1,
  changedAt: 1,
  champion: { version, rootDigest },
});

/** Evidence of an evaluation on 60 rows, without a champion. */
export const labelled = (given: Partial<LabelledEvidence> = {}): LabelledEvidence => ({
  evidence: 'labelled',
  data: { version: 2, file: 'evaluation.csv', sha256: 'b'.repeat(64), label: 'y', rows: 60 },
  metrics: { accuracy: 0.9 },
  groups: [],
  importance: { metric: 'accuracy', reference: 0.9, rows: 60, repeats: 5, seed: 1, columns: [] },
  baseline: {
    loss: { rows: 60, mean: 0.1, perClass: [] },
    features: [],
    featuresOmitted: 0,
    score: { kind: 'level', name: 'class', levels: {}, other: 0, missing: 0 },
  },
  champion: { status: 'absent', reason: 'there is no champion yet' },
  ...given,
});
