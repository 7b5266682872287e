import { derivedUlid } from '../kernel/derived-ulid';
import type { ModelVersion } from './schemas/model-version';

/** The one rollout of an approved version: its id follows from the approval, so that it is found without being looked for. */
export const rolloutIdOf = ({ approvedAt, approvalId }: Extract<ModelVersion, { approvalId: string }>): string =>
  derivedUlid(approvedAt, 'rollout', approvalId);
