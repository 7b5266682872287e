import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CREDENTIALS_API, MLFLOW_MOUNTS, mlflowApiEnvSchema } from '../../lambdas/mlflow/contract';
import { ARTIFACTS_PREFIX, MODELS_PREFIX } from '../../lambdas/upload/contract';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import type { ModelOpsState } from '../model-ops-state';

export interface MlflowProps {
  readonly state: ModelOpsState;
  /** Registers what lies below a prefix of the upload bucket. */
  readonly register: lambda.IFunction;
}

/** The registry, runs and logged models as MLflow's clients know them. */
export class Mlflow extends Construct {
  readonly api: ContenderFunction<typeof mlflowApiEnvSchema>;
  /** What callers' credentials are of, narrowed to each caller's own place. */
  readonly clientRole: iam.Role;

  constructor(scope: Construct, id: string, { state, register }: MlflowProps) {
    super(scope, id);
    const { config } = state;
    const role = new iam.Role(this, 'ServiceRole', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
    });
    this.clientRole = new iam.Role(this, 'Client', {
      // Nobody but the function hands out its sessions.
      assumedBy: role,
      description: 'What MLflow clients upload with; sessions are narrowed to one place each',
      maxSessionDuration: Duration.hours(1),
    });
    this.api = new ContenderFunction(this, 'Api', {
      config,
      entry: 'mlflow/mlflow-api',
      description: 'Speaks with MLflow clients: registry, runs, logged models',
      envSchema: mlflowApiEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        UPLOAD_BUCKET: state.uploads.bucketName,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        NEW_MODELS: config.newModels,
        REGISTER_FUNCTION: register.functionName,
        CLIENT_ROLE: this.clientRole.roleArn,
      },
      memorySize: 512,
      // As long as the gateway waits.
      timeout: Duration.seconds(29),
      overrides: { role },
    });
    state.grantRegister(this.api);
    // A batch of a run's metrics is a thousand items.
    state.registryTable.grant(this.api, 'dynamodb:BatchWriteItem');
    register.grantInvoke(this.api);
    this.api.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [state.artifacts.arnForObjects(`${MODELS_PREFIX}*`)],
      }),
    );
    this.grantPlaces(state);
  }

  private grantPlaces(state: ModelOpsState): void {
    this.clientRole.grantAssumeRole(this.api.grantPrincipal);
    this.clientRole.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        resources: [state.uploads.arnForObjects(`${ARTIFACTS_PREFIX}*`)],
      }),
    );
    this.clientRole.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [state.uploads.bucketArn],
        conditions: { StringLike: { 's3:prefix': `${ARTIFACTS_PREFIX}*` } },
      }),
    );
  }

  get routes(): readonly ApiRoute[] {
    return [
      ...MLFLOW_MOUNTS.map((path) => ({ method: 'ANY' as const, path, function: this.api })),
      ...routesOf(CREDENTIALS_API, this.api),
    ];
  }
}
