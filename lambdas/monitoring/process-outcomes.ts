import { Conflict } from '../kernel/errors';
import { EVIDENCE_SK, type OutcomeBatch } from './contract';
import { weighOutcomes } from './domain/weigh-outcomes';
import type { EvidenceStore, Weighing } from './ports';

export interface ProcessOutcomesPorts {
  readonly store: EvidenceStore;
  readonly weighing: Weighing;
  readonly now: () => number;
}

interface Processed {
  readonly fresh: number;
  readonly corrected: number;
}

/** Most items of one DynamoDB transaction. */
const MOST_WRITES = 100;

/** The clock tick and another group's batch may write the same items; so often one tries. */
const ATTEMPTS = 6;

/** Evidence items of rollouts that a batch speaks of. */
const itemsOf = ({ outcomes }: OutcomeBatch) => {
  const pairs = new Set<string>();
  const arms = new Set<string>();
  for (const { rolloutId, shadow, role, propensity } of outcomes) {
    if (rolloutId === undefined) continue;
    if (shadow !== undefined) pairs.add(EVIDENCE_SK.pairs(rolloutId));
    else if (role === 'champion') arms.add(EVIDENCE_SK.arm(rolloutId, 1 - propensity, 'champion'));
    else arms.add(EVIDENCE_SK.arm(rolloutId, propensity, 'challenger'));
  }
  return { pairs: [...pairs], arms: [...arms] };
};

/** Outcomes of a year may speak of more rollouts than one transaction can write. */
const inHalves = async (batch: OutcomeBatch, ports: ProcessOutcomesPorts): Promise<Processed> => {
  const middle = Math.ceil(batch.outcomes.length / 2);
  const first = await processOutcomes({ ...batch, outcomes: batch.outcomes.slice(0, middle) }, ports);
  const second = await processOutcomes({ ...batch, outcomes: batch.outcomes.slice(middle) }, ports);
  return { fresh: first.fresh + second.fresh, corrected: first.corrected + second.corrected };
};

/** Turns a batch of outcomes into evidence, once: a batch that comes again finds its outcomes on record. */
export const processOutcomes = async (batch: OutcomeBatch, ports: ProcessOutcomesPorts): Promise<Processed> => {
  const items = itemsOf(batch);
  if (1 + items.pairs.length + items.arms.length + batch.outcomes.length > MOST_WRITES) return inHalves(batch, ports);
  const rules = await ports.weighing.rules(batch);
  for (let attempt = 1; ; attempt++) {
    try {
      const record = await ports.store.read(batch, items);
      const weighed = weighOutcomes(batch.outcomes, record, rules, ports.now());
      if (weighed.fresh.length + weighed.corrections.length > 0) await ports.store.save(batch, weighed);
      return { fresh: weighed.fresh.length, corrected: weighed.corrections.length };
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
    }
  }
};
