import { Conflict } from '../../lambdas/kernel/errors';
import type { OutcomeBatch, OutcomeMessage } from '../../lambdas/monitoring/contract';
import { yardstickOf } from '../../lambdas/monitoring/domain/assess-outcome';
import {
  type EvidenceOnRecord,
  emptyEvidence,
  type Weighed,
  type WeighingRules,
} from '../../lambdas/monitoring/domain/weigh-outcomes';
import type { EvidenceStore, Weighing } from '../../lambdas/monitoring/ports';
import { type AcceptedVersion, type LossBaseline, manifestSchema, type Route } from '../../lambdas/registry/contract';

export const DAY = 86_400_000;
/** Start of the day on which the predictions of these tests are made. */
export const TODAY = 20_000 * DAY;
export const ROLLOUT = '01J00000000000000000000000';
const DIGEST = 'd'.repeat(64);

export const BASELINE: LossBaseline = {
  rows: 10_000,
  mean: 0.1,
  perClass: [
    { class: 'repaid', rows: 8000, mean: 0.05 },
    { class: 'defaulted', rows: 2000, mean: 0.3 },
  ],
};

/** A version in service; without a baseline it came without evaluation data. */
export const servingVersion = (
  manifest: object = {},
  baseline: LossBaseline | undefined = BASELINE,
): AcceptedVersion => ({
  status: 'SERVING',
  model: 'credit',
  version: 1,
  registeredAt: 1,
  uploader: { kind: 'person', id: 'ada' },
  source: { bucket: 'b', key: 'k', id: '1' },
  generation: 4,
  rootDigest: DIGEST,
  files: [{ path: 'model.onnx', size: 10, sha256: DIGEST }],
  artifactPrefix: `models/credit/${DIGEST}/`,
  runtime: { kind: 'onnx', file: 'model.onnx' },
  signature: { inputs: [], outputs: [], columns: [] },
  manifest: manifestSchema.parse({ output: { classes: ['repaid', 'defaulted'], positive: 'defaulted' }, ...manifest }),
  evaluatedAt: 2,
  evaluation: {
    evidence: baseline ? 'labelled' : 'none',
    metrics: {},
    ...(baseline ? { baseline } : {}),
    latencyMsPerRow: 1,
    report: { key: 'report.json', sha256: DIGEST },
  },
  approvedAt: 3,
  approvalId: ROLLOUT,
  servingSince: 4,
});

/** A version that came without evaluation data. */
export const unevaluatedVersion = (manifest: object = {}): AcceptedVersion => {
  const { evaluation, ...version } = servingVersion(manifest) as Extract<AcceptedVersion, { status: 'SERVING' }>;
  const { baseline, ...rest } = evaluation;
  return { ...version, evaluation: { ...rest, evidence: 'none' } };
};

export const rulesFor = (version: AcceptedVersion, rules: Partial<WeighingRules> = {}): WeighingRules => ({
  yardstick: yardstickOf(version),
  batchMs: DAY,
  matureAfterMs: 0,
  threshold: 3650,
  margins: new Map([[ROLLOUT, 0.01]]),
  ...rules,
});

/** The champion said "repaid" this morning, and it was. */
export const outcome = (row: number, fields: Partial<OutcomeMessage> = {}): OutcomeMessage => ({
  key: `01J11111111111111111111111#${row}`,
  at: TODAY + 1000,
  role: 'champion',
  prediction: { kind: 'class', index: 0 },
  bucket: row % 256,
  propensity: 1,
  truth: 0,
  observedAt: TODAY + 61_000,
  revision: 0,
  ...fields,
});

export const batchOf = (...outcomes: OutcomeMessage[]): OutcomeBatch => ({ model: 'credit', version: 1, outcomes });

export const emptyRecord = (): EvidenceOnRecord => ({
  version: emptyEvidence('credit', 1),
  pairs: new Map(),
  arms: new Map(),
  outcomes: new Map(),
});

/** Keeps evidence in memory under the conditions that DynamoDB would check. */
export class FakeEvidenceStore implements EvidenceStore {
  record: EvidenceOnRecord = emptyRecord();
  saves = 0;
  /** Items of the largest transaction. */
  largest = 0;
  /** Runs once, between a read and its save: somebody else's chance. */
  meanwhile: () => Promise<unknown> = async () => undefined;

  async read(batch: OutcomeBatch, sks: { readonly pairs: readonly string[]; readonly arms: readonly string[] }) {
    const { version, pairs, arms, outcomes } = this.record;
    const named = <T>(items: ReadonlyMap<string, T>, keys: readonly string[]) =>
      new Map([...items].filter(([sk]) => keys.includes(sk)));
    const found = {
      version,
      pairs: named(pairs, sks.pairs),
      arms: named(arms, sks.arms),
      outcomes: named(
        outcomes,
        batch.outcomes.map(({ key }) => key),
      ),
    };
    const { meanwhile } = this;
    this.meanwhile = async () => undefined;
    await meanwhile();
    return found;
  }

  async save(_: OutcomeBatch, { version, pairs, arms, fresh, corrections }: Weighed): Promise<void> {
    const { record } = this;
    const generations = [
      [record.version, version] as const,
      ...[...pairs].map(([sk, item]) => [record.pairs.get(sk), item] as const),
      ...[...arms].map(([sk, item]) => [record.arms.get(sk), item] as const),
    ];
    if (generations.some(([before, next]) => next.generation !== (before?.generation ?? -1) + 1))
      throw new Conflict('the evidence changed meanwhile');
    if (fresh.some(({ key }) => record.outcomes.has(key))) throw new Conflict('an outcome is on record already');
    const outcomes = new Map(record.outcomes);
    for (const { key, truth, observedAt, revision, value } of [...fresh, ...corrections.map((c) => c.outcome)])
      outcomes.set(key, { truth, observedAt, revision, ...(value === undefined ? {} : { value }) });
    this.record = {
      version,
      pairs: new Map([...record.pairs, ...pairs]),
      arms: new Map([...record.arms, ...arms]),
      outcomes,
    };
    this.saves += 1;
    this.largest = Math.max(this.largest, generations.length + fresh.length + corrections.length);
  }
}

export const fakeWeighing = (version: AcceptedVersion, rules: Partial<WeighingRules> = {}): Weighing => ({
  version: async () => version,
  rules: async () => rulesFor(version, rules),
});

const ref = (version: number) => ({ version, rootDigest: DIGEST });
export const championRoute = (version = 1): Route => ({
  mode: 'champion',
  model: 'credit',
  generation: 1,
  changedAt: 1,
  champion: ref(version),
});
export const shadowRoute = (): Route => ({
  ...championRoute(),
  mode: 'shadow',
  champion: ref(1),
  challenger: ref(2),
  rolloutId: ROLLOUT,
});
