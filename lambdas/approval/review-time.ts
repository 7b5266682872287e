import { durationMs } from '../kernel/duration';
import { policyFor } from '../registry/domain/policy-for';
import type { ApprovalRegistry } from './ports';

/** How long reviewers have for a version before its approval expires, in whole seconds, at least one. */
export const reviewSeconds = async (
  model: string,
  number: number,
  registry: Pick<ApprovalRegistry, 'version' | 'policy'>,
): Promise<number> => {
  const [{ manifest }, { policy }] = await Promise.all([registry.version(model, number), registry.policy(model)]);
  // Without a manifest it was rejected as an upload, and nobody is asked.
  const { approval } = policyFor(policy, manifest ?? {}).demands;
  return Math.max(1, Math.ceil(durationMs(approval.expiresAfter) / 1000));
};
