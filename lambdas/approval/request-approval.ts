import { derivedUlid } from '../kernel/derived-ulid';
import { Conflict } from '../kernel/errors';
import type { Actor, ModelVersion } from '../registry/contract';
import { policyFor } from '../registry/domain/policy-for';
import type { Approval } from './contract';
import { requiredApprovals } from './domain/approval-lifecycle';
import type { ApprovalRegistry, ApprovalStore, Executions } from './ports';

const PLATFORM: Actor = { kind: 'platform', id: 'approval' };

export interface RequestApprovalPorts {
  readonly registry: ApprovalRegistry;
  readonly approvals: ApprovalStore;
  readonly executions: Executions;
  readonly now: () => number;
}

/** The one approval of a version: asking again finds it. */
export const approvalIdOf = (version: Extract<ModelVersion, { evaluatedAt: number }>): string =>
  derivedUlid(version.evaluatedAt, 'approval', version.model, version.version, version.rootDigest);

/** What the approval machine goes on with. */
export const outcomeOf = (approval: Approval) => ({ id: approval.id, status: approval.status });

const renew = async (approval: Approval, taskToken: string, ports: RequestApprovalPorts): Promise<Approval> => {
  if (approval.status !== 'PENDING') await ports.executions.succeed(taskToken, outcomeOf(approval));
  else if (approval.taskToken !== taskToken) await ports.approvals.renewToken(approval, taskToken);
  return approval;
};

/** Puts an evaluated version before its reviewers. Run again it finds what it asked for, and wakes at once if that is decided. */
export const requestApproval = async (
  model: string,
  number: number,
  taskToken: string,
  ports: RequestApprovalPorts,
): Promise<Approval> => {
  const version = await ports.registry.version(model, number);
  if (!('evaluatedAt' in version))
    throw new Conflict(
      `version ${number} of ${model} is ${version.status}; only an evaluated version can be put before reviewers`,
    );
  const id = approvalIdOf(version);
  const known = await ports.approvals.find(model, id);
  if (known) return renew(known, taskToken, ports);
  const [route, { policy }] = await Promise.all([ports.registry.route(model), ports.registry.policy(model)]);
  const { rootDigest, uploader, manifest } = version;
  const { demands, standing } = policyFor(policy, manifest);
  const required = requiredApprovals(uploader, demands.approval);
  const risk = manifest.risk === undefined ? {} : { risk: manifest.risk };
  const champion = route === undefined || route.mode === 'unserved' ? {} : { champion: route.champion };
  const at = ports.now();
  const request = {
    id,
    model: version.model,
    version: number,
    rootDigest,
    uploader,
    required,
    ...risk,
    ...standing,
    requestedAt: at,
    reviews: [],
    taskToken,
  };
  const approval: Approval = { ...request, ...champion, status: 'PENDING', generation: 0 };
  const audit = {
    model: version.model,
    type: 'Approval Requested' as const,
    at,
    actor: PLATFORM,
    version: number,
    rootDigest,
    detail: { approvalId: id, required, ...standing },
  };
  await ports.approvals.save(approval, audit);
  return approval;
};
