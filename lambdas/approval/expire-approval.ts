import type { Actor } from '../registry/contract';
import { expire } from './domain/approval-lifecycle';
import { approvalIdOf, outcomeOf, type RequestApprovalPorts } from './request-approval';

const PLATFORM: Actor = { kind: 'platform', id: 'approval' };

/** Closes what nobody decided in time. A decision that came at the last moment stands, and is what the machine goes on with. */
export const expireApproval = async (
  model: string,
  number: number,
  ports: RequestApprovalPorts,
): Promise<{ status: string }> => {
  const version = await ports.registry.version(model, number);
  if (!('evaluatedAt' in version)) return { status: version.status };
  const id = approvalIdOf(version);
  const approval = await ports.approvals.find(model, id);
  if (approval === undefined) return { status: 'EXPIRED' };
  const at = ports.now();
  const expired = expire(approval, at);
  if (expired === approval) return outcomeOf(approval);
  const { rootDigest } = expired;
  await ports.approvals.save(expired, {
    ...{ model: expired.model, type: 'Approval Decided', at, actor: PLATFORM, version: number, rootDigest },
    detail: { approvalId: id, status: 'EXPIRED' },
  });
  return outcomeOf(expired);
};
