import type { AuditEntry, ModelVersion, Policy, Route } from '../registry/contract';
import type { HostingProgress, Rollout, RunningRollout } from './contract';
import type { StepEvidence } from './domain/evidence';

/** What one commit changes; each part is conditional on the generation before. */
export interface RolloutChange {
  readonly audit: AuditEntry;
  readonly rollout?: Rollout;
  readonly route?: Route;
  readonly versions?: readonly ModelVersion[];
}

export interface RolloutStore {
  find(model: string, id: string): Promise<Rollout | undefined>;
  /** @throws Conflict when a part changed meanwhile */
  commit(change: RolloutChange): Promise<void>;
}

export interface RolloutRegistry {
  version(model: string, version: number): Promise<ModelVersion>;
  route(model: string): Promise<Route | undefined>;
  policy(model: string): Promise<{ policy: Policy }>;
}

export interface RolloutEvidenceReader {
  read(rollout: RunningRollout): Promise<StepEvidence>;
}

export interface Alarms {
  /** Those of the given alarms that are in ALARM now. */
  raised(names: readonly string[]): Promise<string[]>;
}

export interface RolloutExecutions {
  start(rollout: RunningRollout): Promise<void>;
  succeed(taskToken: string, output: object): Promise<void>;
  /** Never fails: an execution that is not woken finds the rollout over when its step's deadline passes. */
  nudge(taskToken: string, output: object): Promise<void>;
  /** Whether the rollout's execution failed, timed out, was aborted, or never came to be. */
  isDead(rollout: RunningRollout): Promise<boolean>;
}

export interface Hosting {
  /** Brings the version's endpoint into service, if it is one that Contender hosts; asked again until it is. */
  ensure(model: string, version: number): Promise<HostingProgress>;
}

export interface RolloutPorts {
  readonly store: RolloutStore;
  readonly registry: RolloutRegistry;
  readonly evidence: RolloutEvidenceReader;
  readonly alarms: Alarms;
  readonly executions: RolloutExecutions;
  readonly hosting: Hosting;
  readonly rollbackAlarms: readonly string[];
  readonly now: () => number;
}
