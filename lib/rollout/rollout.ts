import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { rolloutApiEnvSchema, rolloutEnvSchema, rolloutMachineEnvSchema } from '../../lambdas/rollout/contract';
import { ROLLOUT_API } from '../../lambdas/rollout/schemas/api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';
import { Hosting } from './hosting';
import { rolloutMachine } from './rollout-machine';

export interface RolloutProps {
  readonly state: ModelOpsState;
  /** Its notifications have every running rollout judged at once. */
  readonly alarmTopic: sns.ITopic;
  /** Names of the alarms any of which withdraws a challenger. */
  readonly rollbackAlarms: readonly string[];
}

/** Shadow, canary, promotion and withdrawal: the machine that climbs, and the judge that decides. */
export class Rollout extends Construct {
  readonly machine: sfn.StateMachine;
  /** Task with which an approval ends: an approved version starts to climb. */
  readonly start: lambda.Function;
  readonly judge: lambda.Function;
  readonly api: lambda.Function;
  /** Endpoints on SageMaker; absent in a deployment without. */
  readonly hosting: Hosting | undefined;
  readonly functions: readonly lambda.Function[];
  readonly deadLetterQueues: readonly sqs.Queue[];
  private readonly props: RolloutProps;

  constructor(scope: Construct, id: string, props: RolloutProps) {
    super(scope, id);
    this.props = props;
    const { state } = props;
    const drive = new ContenderFunction(this, 'Drive', {
      config: state.config,
      entry: 'rollout/drive-rollout',
      description: 'Tasks of the rollout machine',
      envSchema: rolloutEnvSchema,
      env: this.environment(),
    });
    this.hosting = state.config.sagemaker.enabled ? new Hosting(this, 'Hosting', { state }) : undefined;
    const host = this.hosting?.function;
    this.machine = rolloutMachine(this, { drive, host }, state.config);
    this.start = this.machineFunction('Start', 'rollout/start-rollout', 'Starts the rollout of an approved version');
    this.judge = this.machineFunction(
      'Judge',
      'rollout/judge-rollouts',
      'Judges running rollouts by their evidence and by alarms',
    );
    this.api = new ContenderFunction(this, 'Api', {
      config: state.config,
      entry: 'rollout/rollout-api',
      description: 'Rollouts and the commands of operators',
      envSchema: rolloutApiEnvSchema,
      env: { ...this.machineEnvironment(), HOST_FUNCTION: host?.functionName ?? '' },
    });
    const members = [drive, this.start, this.judge, this.api];
    for (const fn of members) this.grant(fn);
    host?.grantInvoke(this.api);
    this.functions = host === undefined ? members : [...members, host];
    this.machine.grantStartExecution(this.start);
    this.machine.grantExecution(this.judge, 'states:DescribeExecution');
    this.deadLetterQueues = [this.listen()];
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(ROLLOUT_API, this.api);
  }

  private environment() {
    const { state, rollbackAlarms } = this.props;
    return {
      REGISTRY_TABLE: state.registryTable.tableName,
      AUDIT_TABLE: state.auditTable.tableName,
      EVIDENCE_TABLE: state.evidenceTable.tableName,
      DEFAULT_POLICY: JSON.stringify(state.config.policy),
      ROLLBACK_ALARMS: rollbackAlarms.join(','),
    };
  }

  private machineEnvironment() {
    return { ...this.environment(), ROLLOUT_MACHINE: this.machine.stateMachineArn };
  }

  private machineFunction(id: string, entry: string, description: string): lambda.Function {
    const env = this.machineEnvironment();
    return new ContenderFunction(this, id, {
      config: this.props.state.config,
      entry,
      description,
      envSchema: rolloutMachineEnvSchema,
      env,
    });
  }

  private grant(fn: lambda.Function): void {
    const { state } = this.props;
    state.grantRegister(fn);
    state.evidenceTable.grant(fn, 'dynamodb:GetItem');
    // The call names a task token, which is a secret of its own, and no resource.
    fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: ['*'] }));
    // DescribeAlarms knows no resources.
    fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
  }

  /** Evidence, alarms, dead executions and the clock wake the judge. */
  private listen(): sqs.Queue {
    const { state, alarmTopic } = this.props;
    const deadLetters = deadLetterQueue(this, state.config);
    this.judge.addEventSource(
      new DynamoEventSource(state.evidenceTable as dynamodb.ITable, {
        startingPosition: lambda.StartingPosition.LATEST,
        batchSize: 100,
        retryAttempts: 10,
        bisectBatchOnError: true,
        onFailure: new SqsDlq(deadLetters),
        filters: [lambda.FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: [{ prefix: 'ROLLOUT#' }] } } } })],
      }),
    );
    const target = () => new targets.LambdaFunction(this.judge, { deadLetterQueue: deadLetters, retryAttempts: 10 });
    new events.Rule(this, 'Clock', {
      description: 'Bakes end, and executions die unnoticed',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [target()],
    });
    new events.Rule(this, 'Died', {
      description: 'A rollout whose execution died leaves the champion serving',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.machine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [target()],
    });
    alarmTopic.addSubscription(new subscriptions.LambdaSubscription(this.judge, { deadLetterQueue: deadLetters }));
    return deadLetters;
  }
}
