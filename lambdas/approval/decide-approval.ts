import type { Identity } from '../access/contract';
import { Conflict, NotFound } from '../kernel/errors';
import type { AuditEntry, ModelVersion } from '../registry/contract';
import { approved, rejected } from '../registry/domain/version-lifecycle';
import type { Approval, Decision } from './contract';
import { approvalsOf, review } from './domain/approval-lifecycle';
import type { RequestApprovalPorts } from './request-approval';
import { outcomeOf } from './request-approval';

/** Reviewers who decide at the same moment take turns; so often one tries. */
const ATTEMPTS = 5;

const versionAfter = (approval: Approval, version: ModelVersion, comment: string): ModelVersion | undefined => {
  if (approval.status === 'APPROVED') return approved(version, approval.id, approval.decidedAt);
  if (approval.status !== 'REJECTED') return undefined;
  const message = `a reviewer rejected this version: ${comment}`;
  return rejected(version, { code: 'rejected-by-reviewer', message, approvalId: approval.id }, approval.decidedAt);
};

interface ReviewFacts {
  readonly approvalId: string;
  readonly decision: Decision['decision'];
  readonly comment: string;
  readonly approvals: number;
  readonly required: number;
}

/** Only the review that decides is of interest to other systems. */
const typed = (status: Approval['status'], facts: ReviewFacts) =>
  status === 'PENDING'
    ? { type: 'Review Recorded' as const, detail: { ...facts, status } }
    : { type: 'Approval Decided' as const, detail: { ...facts, status } };

const auditOf = (approval: Approval, reviewer: Identity, decision: Decision, at: number): AuditEntry => ({
  model: approval.model,
  at,
  actor: { kind: reviewer.kind, id: reviewer.id, name: reviewer.name },
  version: approval.version,
  rootDigest: approval.rootDigest,
  ...typed(approval.status, {
    approvalId: approval.id,
    decision: decision.decision,
    comment: decision.comment,
    approvals: approvalsOf(approval),
    required: approval.required,
  }),
});

const decideOnce = async (
  model: string,
  id: string,
  reviewer: Identity,
  decision: Decision,
  ports: RequestApprovalPorts,
): Promise<Approval> => {
  const pending = await ports.approvals.find(model, id);
  if (!pending) throw new NotFound(`there is no approval ${id}`);
  const at = ports.now();
  const next = review(pending, reviewer, decision, at);
  const version =
    next.status === 'PENDING'
      ? undefined
      : versionAfter(next, await ports.registry.version(model, next.version), decision.comment);
  await ports.approvals.save(next, auditOf(next, reviewer, decision, at), version);
  return next;
};

/** Records one reviewer's decision, and wakes the execution when it was the one that counts. */
export const decideApproval = async (
  model: string,
  id: string,
  reviewer: Identity,
  decision: Decision,
  ports: RequestApprovalPorts,
): Promise<Approval> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const decided = await decideOnce(model, id, reviewer, decision, ports);
      if (decided.status !== 'PENDING') await ports.executions.nudge(decided.taskToken, outcomeOf(decided));
      return decided;
    } catch (error) {
      // The store's conflict means that another reviewer was faster; the domain's own conflicts come back from reading again.
      if (!(error instanceof Conflict) || error.cause === undefined || attempt === ATTEMPTS) throw error;
    }
  }
};
