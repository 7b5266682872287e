import {
  type ArmItem,
  EVIDENCE_SK,
  type OutcomeItem,
  type OutcomeMessage,
  type PairsItem,
  type VersionEvidence,
} from '../contract';
import { lossOf, observationOf, trueClassOf, type Yardstick } from './assess-outcome';
import { type DriftRules, judgeDueBatches, watchLosses } from './detect-drift';
import type { DetectorRow } from './e-detector';
import { addToArm, openArm } from './group-comparison';
import { addPairs, openPaired } from './paired-comparison';
import { emptyWindow, observe, restate, type Window } from './window';

/** How a model's outcomes are turned into evidence. */
export interface WeighingRules extends DriftRules {
  readonly yardstick: Yardstick;
  /** Tolerated extra loss of each rollout's comparison, by rollout id. */
  readonly margins: ReadonlyMap<string, number>;
}

/** Everything on record that a batch of outcomes of one version may change. */
export interface EvidenceOnRecord {
  readonly version: VersionEvidence;
  readonly pairs: ReadonlyMap<string, PairsItem>;
  readonly arms: ReadonlyMap<string, ArmItem>;
  /** Outcomes known already, by key. */
  readonly outcomes: ReadonlyMap<string, OutcomeItem>;
}

export interface Weighed extends Omit<EvidenceOnRecord, 'outcomes'> {
  /** Outcomes to put on record: new ones, and those seen later than what they replace. */
  readonly fresh: readonly OutcomeMessage[];
  readonly corrections: readonly Correction[];
}

interface Correction {
  readonly outcome: OutcomeMessage;
  readonly before: OutcomeItem;
}

export const emptyEvidence = (model: string, version: number): VersionEvidence => ({
  model,
  version,
  window: emptyWindow(),
  generation: -1,
});

const isLater = (outcome: OutcomeMessage, before: OutcomeItem): boolean =>
  outcome.observedAt > before.observedAt ||
  (outcome.observedAt === before.observedAt && outcome.revision > before.revision);

/** A later sight of the same truth only moves the moment from which a correction must be later. */
const restates = ({ outcome, before }: Correction): boolean =>
  outcome.truth !== before.truth || outcome.value !== before.value;

/** The outcome with what is on record in its place; its own value does not stand in for one that was never given. */
const asItWas = ({ value: _given, ...outcome }: OutcomeMessage, before: OutcomeItem): OutcomeMessage => ({
  ...outcome,
  ...before,
});

/** A batch may name a row twice: the later truth wins. */
const latestOfEach = (outcomes: readonly OutcomeMessage[]): OutcomeMessage[] => {
  const byKey = new Map<string, OutcomeMessage>();
  for (const outcome of outcomes) {
    const known = byKey.get(outcome.key);
    if (known === undefined || isLater(outcome, known)) byKey.set(outcome.key, outcome);
  }
  return [...byKey.values()];
};

const detectorRow = (outcome: OutcomeMessage, rules: WeighingRules): DetectorRow => {
  const trueClass = trueClassOf(outcome.truth, rules.yardstick);
  const row = {
    cohort: Math.floor(outcome.at / rules.batchMs) * rules.batchMs,
    loss: lossOf(outcome, outcome.truth, rules.yardstick),
  };
  return trueClass === undefined ? row : { ...row, trueClass };
};

/** A role's outcomes as the arms of a canary; a challenger that was drawn and failed counts as a loss. */
const armRowOf = (outcome: OutcomeMessage, rules: WeighingRules) => {
  if (outcome.rolloutId === undefined || outcome.shadow !== undefined || outcome.propensity >= 1) return undefined;
  const isChampion = outcome.role === 'champion';
  const weight = isChampion ? 1 - outcome.propensity : outcome.propensity;
  const loss = outcome.role === 'champion-fallback' ? 1 : lossOf(outcome, outcome.truth, rules.yardstick);
  const sk = EVIDENCE_SK.arm(outcome.rolloutId, weight, isChampion ? 'champion' : 'challenger');
  return { sk, row: { bucket: outcome.bucket, loss } };
};

const weighArms = (
  record: EvidenceOnRecord,
  fresh: readonly OutcomeMessage[],
  rules: WeighingRules,
): Map<string, ArmItem> => {
  const arms = new Map<string, ArmItem>();
  for (const outcome of fresh) {
    const arm = armRowOf(outcome, rules);
    if (arm === undefined) continue;
    const before = arms.get(arm.sk) ??
      record.arms.get(arm.sk) ?? { model: record.version.model, generation: -1, state: openArm() };
    arms.set(arm.sk, { ...before, state: addToArm(before.state, [arm.row]) });
  }
  return arms;
};

const weighPairs = (
  record: EvidenceOnRecord,
  fresh: readonly OutcomeMessage[],
  rules: WeighingRules,
): Map<string, PairsItem> => {
  const pairs = new Map<string, PairsItem>();
  for (const { shadow, rolloutId, truth, ...outcome } of fresh) {
    if (shadow === undefined || rolloutId === undefined) continue;
    const sk = EVIDENCE_SK.pairs(rolloutId);
    const open = {
      model: record.version.model,
      generation: -1,
      state: openPaired(rules.margins.get(rolloutId) ?? 0),
      unpaired: 0,
    };
    const before = pairs.get(sk) ?? record.pairs.get(sk) ?? open;
    if (shadow.status === 'unpaired') {
      pairs.set(sk, { ...before, unpaired: before.unpaired + 1 });
      continue;
    }
    const challengerLoss = shadow.status === 'lost' ? 1 : lossOf(shadow.scored, truth, rules.yardstick);
    pairs.set(sk, {
      ...before,
      state: addPairs(before.state, [lossOf(outcome, truth, rules.yardstick) - challengerLoss]),
    });
  }
  return pairs;
};

const bumped = <T extends { generation: number }>(items: Map<string, T>): Map<string, T> =>
  new Map([...items].map(([sk, item]) => [sk, { ...item, generation: item.generation + 1 }]));

/**
 * What a batch of outcomes of one version makes of the evidence on record. Outcomes known already change nothing; a later
 * truth restates accuracy and value, but never evidence that was spent.
 */
export const weighOutcomes = (
  batch: readonly OutcomeMessage[],
  record: EvidenceOnRecord,
  rules: WeighingRules,
  now: number,
): Weighed => {
  const outcomes = latestOfEach(batch);
  const fresh = outcomes.filter((outcome) => !record.outcomes.has(outcome.key));
  const corrections = outcomes.flatMap((outcome) => {
    const before = record.outcomes.get(outcome.key);
    return before !== undefined && isLater(outcome, before) ? [{ outcome, before }] : [];
  });
  const observed = fresh.reduce<Window>(
    (window, outcome) => observe(window, observationOf(outcome, rules.yardstick)),
    record.version.window,
  );
  const restated = corrections
    .filter(restates)
    .reduce<Window>(
      (window, { outcome, before }) =>
        restate(
          window,
          observationOf(asItWas(outcome, before), rules.yardstick),
          observationOf(outcome, rules.yardstick),
        ),
      observed,
    );
  const rows = fresh.map((outcome) => detectorRow(outcome, rules));
  const detected = watchLosses({ ...record.version, window: restated }, rows, rules.yardstick.baseline, rules);
  const version = { ...judgeDueBatches(detected, now, rules), generation: record.version.generation + 1 };
  return {
    version,
    pairs: bumped(weighPairs(record, fresh, rules)),
    arms: bumped(weighArms(record, fresh, rules)),
    fresh,
    corrections,
  };
};
