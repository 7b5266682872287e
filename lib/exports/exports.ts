import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { exportsApiEnvSchema } from '../../lambdas/exports/contract';
import { EXPORTS_API } from '../../lambdas/exports/schemas/api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import type { ModelOpsState } from '../model-ops-state';

export interface ExportsProps {
  readonly state: ModelOpsState;
}

/** Model cards, bills of materials and OpenLineage events, from what is on record. */
export class Exports extends Construct {
  readonly api: ContenderFunction<typeof exportsApiEnvSchema>;

  constructor(scope: Construct, id: string, { state }: ExportsProps) {
    super(scope, id);
    this.api = new ContenderFunction(this, 'Api', {
      config: state.config,
      entry: 'exports/exports-api',
      description: 'Model cards, bills of materials and OpenLineage events',
      envSchema: exportsApiEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        DEPLOYMENT: state.config.deployment,
      },
    });
    state.grantRegistryRead(this.api);
    iam.Grant.addToPrincipal({
      grantee: this.api,
      actions: ['s3:GetObject'],
      resourceArns: [state.artifacts.arnForObjects('evaluations/*')],
    });
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(EXPORTS_API, this.api);
  }
}
