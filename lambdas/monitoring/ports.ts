import type { AcceptedVersion } from '../registry/contract';
import type { OutcomeBatch } from './contract';
import type { EvidenceOnRecord, Weighed, WeighingRules } from './domain/weigh-outcomes';

export interface OutcomeQueue {
  /** All of the batches, or an error: what was sent before it failed is recognised when it comes again. */
  send(batches: readonly OutcomeBatch[]): Promise<void>;
}

export interface EvidenceStore {
  /** Everything on record that the batch may change, read consistently. */
  read(
    batch: OutcomeBatch,
    sks: { readonly pairs: readonly string[]; readonly arms: readonly string[] },
  ): Promise<EvidenceOnRecord>;
  /** All of it in one transaction, each item conditional on what was read. @throws Conflict */
  save(batch: OutcomeBatch, weighed: Weighed): Promise<void>;
}

/** What the registry says about how a version's outcomes are weighed. */
export interface Weighing {
  version(model: string, version: number): Promise<AcceptedVersion>;
  rules(batch: OutcomeBatch): Promise<WeighingRules>;
}
