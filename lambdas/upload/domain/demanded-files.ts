import type { Manifest, Policy } from '../../registry/contract';
import { policyFor, policyNames } from '../../registry/domain/policy-for';
import { UploadRejected } from './rejected';
import { SIGNATURE_FILE } from './root-digest';

/**
 * Files that the policy wants of an upload, whatever names them. A gate that only warns lets a version be registered without.
 * @throws UploadRejected when the policy does not have the name that the manifest gives
 */
export const demandedFiles = (policy: Policy, manifest: Manifest): string[] => {
  const { demands, unknownName } = policyFor(policy, manifest);
  if (unknownName !== undefined)
    throw new UploadRejected(
      'unknown-policy',
      `contender.yaml says policy: ${unknownName}, and the model's policy has ${policyNames(policy).join(', ')}; name one of these, or have an operator add it`,
    );
  return demands.gates.some(({ kind, severity }) => kind === 'signed' && severity === 'block') ? [SIGNATURE_FILE] : [];
};
