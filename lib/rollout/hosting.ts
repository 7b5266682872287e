import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DEPLOYMENT_TAG } from '../../lambdas/registry/contract';
import { hostEnvSchema } from '../../lambdas/rollout/contract';
import { ContenderFunction } from '../contender-function';
import type { ModelOpsState } from '../model-ops-state';

const SAGEMAKER = 'sagemaker.amazonaws.com';
/** Endpoints cost by the hour; what nobody needs any more is gone soon after. */
const SWEEP_EVERY = Duration.minutes(15);
/** Three calls one after the other, each with the SDK's retries. */
const TIMEOUT = Duration.minutes(1);

export interface HostingProps {
  readonly state: ModelOpsState;
}

/** Endpoints on SageMaker for versions with a container: who may make and delete them, and what the containers may do. */
export class Hosting extends Construct {
  readonly function: lambda.Function;
  /** Role with which containers run. */
  readonly containerRole: iam.Role;

  constructor(scope: Construct, id: string, { state }: HostingProps) {
    super(scope, id);
    this.containerRole = this.roleOfContainers(state);
    const { config } = state;
    this.function = new ContenderFunction(this, 'Host', {
      config,
      entry: 'rollout/host-endpoint',
      description: 'Endpoints on SageMaker for hosted versions',
      envSchema: hostEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        DEPLOYMENT: config.deployment,
        CONTAINER_ROLE: this.containerRole.roleArn,
        START_TIMEOUT: String(config.sagemaker.startTimeoutMinutes),
        KEEP_FORMER_CHAMPION: String(config.sagemaker.keepFormerChampionHours),
      },
      timeout: TIMEOUT,
    });
    state.grantRegister(this.function);
    for (const statement of this.rights(config.deployment)) this.function.addToRolePolicy(statement);
    new events.Rule(this, 'Sweep', {
      description: 'Endpoints that nobody needs any more are deleted',
      schedule: events.Schedule.rate(SWEEP_EVERY),
      targets: [
        new targets.LambdaFunction(this.function, {
          event: events.RuleTargetInput.fromObject({ action: 'sweep' }),
          retryAttempts: 2,
        }),
      ],
    });
  }

  /** SageMaker fetches the archive and the image with it; archives alone, since a serverless container holds its credentials. */
  private roleOfContainers(state: ModelOpsState): iam.Role {
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'ContainerRole', {
      description: 'What the containers of hosted models may do: read their archives and images, and log',
      assumedBy: new iam.ServicePrincipal(SAGEMAKER, {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    const { repositories = [stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' })] } =
      state.config.sagemaker;
    const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
    const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];
    // A pattern that takes in the streams of the groups.
    const logGroup = `log-group:/aws/sagemaker/Endpoints/${state.config.deployment}-*`;
    for (const [actions, resources] of [
      [['s3:GetObject'], [state.artifacts.arnForObjects('models/*.tar.gz')]],
      [pull, repositories],
      // The call knows no resource; its token opens nothing that the repository does not grant.
      [['ecr:GetAuthorizationToken'], ['*']],
      [logs, [stack.formatArn({ service: 'logs', resource: logGroup })]],
    ] as const)
      role.addToPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }));
    return role;
  }

  /** On resources named after the deployment; nothing can be made without the deployment's tag. */
  private rights(deployment: string): iam.PolicyStatement[] {
    const stack = Stack.of(this);
    const named = ['model', 'endpoint-config', 'endpoint'].map((resource) =>
      stack.formatArn({ service: 'sagemaker', resource, resourceName: `${deployment}-*` }),
    );
    const on = (actions: string[], more: Partial<iam.PolicyStatementProps> = {}) =>
      new iam.PolicyStatement({ actions, resources: named, ...more });
    return [
      on(['sagemaker:CreateModel', 'sagemaker:CreateEndpointConfig', 'sagemaker:CreateEndpoint'], {
        conditions: { StringEquals: { [`aws:RequestTag/${DEPLOYMENT_TAG}`]: deployment } },
      }),
      on([
        'sagemaker:AddTags',
        'sagemaker:ListTags',
        'sagemaker:DescribeEndpoint',
        'sagemaker:DeleteEndpoint',
        'sagemaker:DeleteEndpointConfig',
        'sagemaker:DeleteModel',
      ]),
      // The call lists and knows no resource.
      new iam.PolicyStatement({ actions: ['sagemaker:ListModels'], resources: ['*'] }),
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.containerRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': SAGEMAKER } },
      }),
    ];
  }
}
