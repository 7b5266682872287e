import { APPROVAL_API } from '../../approval/schemas/api';
import { EXPORTS_API } from '../../exports/schemas/api';
import type { Api, Operation } from '../../kernel/contract';
import { CREDENTIALS_API } from '../../mlflow/contract';
import { MONITORING_API } from '../../monitoring/schemas/api';
import { REGISTRY_API } from '../../registry/schemas/api';
import { AUDIT_COPIES_API } from '../../registry/schemas/audit-copies';
import { LINEAGE_API } from '../../registry/schemas/lineage-api';
import { ROLLOUT_API } from '../../rollout/schemas/api';
import { SCORING_ROUTES } from '../../scoring/contract';
import { SCORING_OPERATIONS, type ScoringOperation } from '../../scoring/schemas/api';
import { INPUTS_API } from '../../scoring/schemas/inputs-api';
import { UPLOAD_API } from '../../upload/schemas/api';
import { DESCRIPTION_API } from '../schemas/api';

/** An operation with what the document says beyond its declaration. */
export interface DescribedOperation {
  readonly id: string;
  /** The room. */
  readonly tag: string;
  readonly operation: Operation;
  /** Whose errors it answers. */
  readonly protocol: 'problem' | 'inference' | 'invocation';
}

const ROOMS: Readonly<Record<string, Api>> = {
  upload: UPLOAD_API,
  registry: { ...REGISTRY_API, ...LINEAGE_API, ...AUDIT_COPIES_API },
  approval: APPROVAL_API,
  exports: EXPORTS_API,
  rollout: ROLLOUT_API,
  monitoring: MONITORING_API,
  mlflow: CREDENTIALS_API,
  scoring: INPUTS_API,
  api: DESCRIPTION_API,
};

const scoringOperations = (): DescribedOperation[] => {
  const descriptions: Readonly<Record<string, ScoringOperation>> = SCORING_OPERATIONS;
  return SCORING_ROUTES.flatMap((route) => {
    const described = descriptions[`${route.method} ${route.path}`];
    if (described === undefined) return [];
    const { id, protocol = 'inference', ...rest } = described;
    return [{ id, tag: 'scoring', protocol, operation: { ...rest, ...route } }];
  });
};

/** Every operation of every room. */
export const describedOperations = (): DescribedOperation[] => [
  ...Object.entries(ROOMS).flatMap(([tag, api]) =>
    Object.entries(api).map(([id, operation]) => ({ id, tag, operation, protocol: 'problem' as const })),
  ),
  ...scoringOperations(),
];
