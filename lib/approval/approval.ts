import type * as events from 'aws-cdk-lib/aws-events';
import { Rule } from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { approvalEnvSchema, startApprovalEnvSchema } from '../../lambdas/approval/contract';
import { APPROVAL_API } from '../../lambdas/approval/schemas/api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';
import { machineLogs, TRY_AGAIN, TRY_AGAIN_UNTIL_TIMEOUT } from '../rollout/rollout-machine';
import { evaluateHosted } from './evaluate-hosted';

export interface ApprovalProps {
  readonly state: ModelOpsState;
  readonly eventBus: events.EventBus;
  /** Evaluates a version: {model, version} in, {status} out. */
  readonly evaluate: lambda.IFunction;
  /** Hosts versions with a container on SageMaker; absent in a deployment without. */
  readonly host?: lambda.IFunction | undefined;
  /** Starts the rollout of an approved version. */
  readonly startRollout: lambda.IFunction;
}

const IDS = { model: sfn.JsonPath.stringAt('$.model'), version: sfn.JsonPath.numberAt('$.version') };

/** From a registered version to people's decision: evaluate, ask, start the rollout. */
export class Approval extends Construct {
  readonly machine: sfn.StateMachine;
  readonly api: lambda.Function;
  readonly functions: readonly lambda.Function[];
  readonly deadLetterQueues: readonly sqs.Queue[];
  private readonly props: ApprovalProps;

  constructor(scope: Construct, id: string, props: ApprovalProps) {
    super(scope, id);
    this.props = props;
    const { state } = props;
    const request = this.roomFunction(
      'Request',
      'approval/request-approval',
      'Puts an evaluated version before its reviewers',
    );
    this.machine = this.stateMachine(request);
    this.api = this.roomFunction('Api', 'approval/approval-api', 'Approvals and the decisions of reviewers');
    const resume = this.roomFunction('Resume', 'approval/resume-approval', 'Wakes the execution of a decided approval');
    state.artifacts.grantRead(this.api, 'evaluations/*');
    for (const fn of [request, this.api, resume]) {
      state.grantRegister(fn);
      // The call names a task token, which is a secret of its own, and no resource.
      fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: ['*'] }));
    }
    const start = this.starter();
    this.functions = [request, this.api, resume, start];
    const deadLetters = deadLetterQueue(this, state.config);
    this.deadLetterQueues = [deadLetters];
    this.on('Version Registered', start, deadLetters);
    this.on('Approval Decided', resume, deadLetters);
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(APPROVAL_API, this.api);
  }

  private roomFunction(id: string, entry: string, description: string): lambda.Function {
    const { state } = this.props;
    const env = {
      REGISTRY_TABLE: state.registryTable.tableName,
      AUDIT_TABLE: state.auditTable.tableName,
      ARTIFACT_BUCKET: state.artifacts.bucketName,
      DEFAULT_POLICY: JSON.stringify(state.config.policy),
    };
    return new ContenderFunction(this, id, {
      config: state.config,
      entry,
      description,
      envSchema: approvalEnvSchema,
      env,
    });
  }

  private starter(): lambda.Function {
    const { state } = this.props;
    const start = new ContenderFunction(this, 'Start', {
      config: state.config,
      entry: 'approval/start-approval',
      description: 'Starts the approval of a registered version',
      envSchema: startApprovalEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        DEFAULT_POLICY: JSON.stringify(state.config.policy),
        APPROVAL_MACHINE: this.machine.stateMachineArn,
      },
    });
    state.grantRegistryRead(start);
    this.machine.grantStartExecution(start);
    return start;
  }

  private on(type: string, fn: lambda.Function, deadLetters: sqs.Queue): void {
    const { eventBus } = this.props;
    new Rule(this, `On ${type}`, {
      eventBus,
      eventPattern: { source: ['contender'], detailType: [type] },
      targets: [new targets.LambdaFunction(fn, { deadLetterQueue: deadLetters, retryAttempts: 10 })],
    });
  }

  private machineName(): string {
    return `${this.props.state.config.deployment}-approval`;
  }

  private stateMachine(request: lambda.Function): sfn.StateMachine {
    const { state, evaluate, host, startRollout } = this.props;
    const over = new sfn.Succeed(this, 'Over');
    const startTask = new tasks.LambdaInvoke(this, 'Start rollout', {
      lambdaFunction: startRollout,
      payload: sfn.TaskInput.fromObject({ ...IDS, approvalId: sfn.JsonPath.stringAt('$.approval.id') }),
      payloadResponseOnly: true,
      resultPath: '$.rollout',
    });
    const start = startTask.next(over);
    const expireTask = new tasks.LambdaInvoke(this, 'Expire', {
      lambdaFunction: request,
      payload: sfn.TaskInput.fromObject({ ...IDS, action: 'expire' }),
      payloadResponseOnly: true,
      resultPath: '$.approval',
    });
    const approved = new sfn.Choice(this, 'Approved?')
      .when(sfn.Condition.stringEquals('$.approval.status', 'APPROVED'), start)
      .otherwise(over);
    // A decision at the last moment stands: its version climbs although nobody waited for it any more.
    const expire = expireTask.next(approved);
    const ask = new tasks.LambdaInvoke(this, 'Ask reviewers', {
      lambdaFunction: request,
      integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: sfn.TaskInput.fromObject({ ...IDS, action: 'request', taskToken: sfn.JsonPath.taskToken }),
      taskTimeout: sfn.Timeout.at('$.timeoutSeconds'),
      resultPath: '$.approval',
    });
    ask.addCatch(expire, { errors: [sfn.Errors.TIMEOUT], resultPath: sfn.JsonPath.DISCARD });
    const evaluated = new sfn.Choice(this, 'Evaluated?')
      .when(sfn.Condition.stringEquals('$.evaluation.status', 'EVALUATED'), ask.next(approved))
      .otherwise(over);
    // What is not the model's fault is tried again; every task may run twice.
    for (const task of [startTask, expireTask]) task.addRetry(TRY_AGAIN);
    ask.addRetry(TRY_AGAIN_UNTIL_TIMEOUT);
    return new sfn.StateMachine(this, 'Machine', {
      stateMachineName: this.machineName(),
      comment: 'A registered version is evaluated, put before people, and starts to climb when they approve',
      definitionBody: sfn.DefinitionBody.fromChainable(evaluateHosted(this, { evaluate, host }, evaluated)),
      tracingEnabled: true,
      logs: machineLogs(this, state.config),
    });
  }
}
