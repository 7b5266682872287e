import type { AuditEntry, ModelVersion, Policy, Route } from '../registry/contract';
import type { Approval } from './contract';

/** What approvals read of the registry. */
export interface ApprovalRegistry {
  version(model: string, version: number): Promise<ModelVersion>;
  route(model: string): Promise<Route | undefined>;
  policy(model: string): Promise<{ policy: Policy }>;
}

export interface ApprovalStore {
  find(model: string, id: string): Promise<Approval | undefined>;
  /** Records the approval, the version that changes with it, and the audit event. @throws Conflict when one changed meanwhile */
  save(approval: Approval, audit: AuditEntry, version?: ModelVersion): Promise<void>;
  /** Replaces the token of a pending approval: an execution that runs again waits with another. */
  renewToken(approval: Approval, taskToken: string): Promise<void>;
}

export interface Executions {
  succeed(taskToken: string, output: object): Promise<void>;
  /** Never fails: what is on record is told again by its event. */
  nudge(taskToken: string, output: object): Promise<void>;
}
