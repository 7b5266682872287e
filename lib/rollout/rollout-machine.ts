import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { ContenderConfig } from '../config';

const IDS = { model: sfn.JsonPath.stringAt('$.model'), rolloutId: sfn.JsonPath.stringAt('$.rolloutId') };

/** Logs of a state machine: every step, without what went through. */
export const machineLogs = (scope: Construct, config: ContenderConfig): sfn.LogOptions => ({
  destination: new logs.LogGroup(scope, 'MachineLogs', {
    logGroupName: `/aws/vendedlogs/states/${config.deployment}-${scope.node.id.toLowerCase()}`,
    retention: config.logRetentionDays,
    removalPolicy: config.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  }),
  level: sfn.LogLevel.ALL,
  includeExecutionData: false,
});

/** A passing fault is outlasted: half a minute in all, with pauses that grow. */
export const TRY_AGAIN: sfn.RetryProps = {
  errors: [sfn.Errors.ALL],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 4,
  jitterStrategy: sfn.JitterType.FULL,
};

/**
 * The same for a task that waits for its token. States.TaskFailed stands for every error but States.Timeout: nobody's answer
 * in time is a verdict, which the state's Catch takes, and no fault to be outlasted.
 */
export const TRY_AGAIN_UNTIL_TIMEOUT: sfn.RetryProps = { ...TRY_AGAIN, errors: [sfn.Errors.TASKS_FAILED] };

/**
 * A task that ends when the function has answered; passing faults are outlasted.
 * @param ids what the machine's state carries, added to every payload
 */
export const answeredBy =
  (ids: object) =>
  (scope: Construct, id: string, fn: lambda.IFunction, payload: object, resultPath: string): tasks.LambdaInvoke => {
    const invoke = new tasks.LambdaInvoke(scope, id, {
      lambdaFunction: fn,
      payload: sfn.TaskInput.fromObject({ ...ids, ...payload }),
      payloadResponseOnly: true,
      resultPath,
    });
    invoke.addRetry(TRY_AGAIN);
    return invoke;
  };
const task = answeredBy(IDS);

/** A task that ends when somebody answers its token. */
const waiting = (
  scope: Construct,
  id: string,
  fn: lambda.IFunction,
  action: string,
  timeoutPath: string,
): tasks.LambdaInvoke => {
  const invoke = new tasks.LambdaInvoke(scope, id, {
    lambdaFunction: fn,
    integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    payload: sfn.TaskInput.fromObject({ ...IDS, action, taskToken: sfn.JsonPath.taskToken }),
    taskTimeout: sfn.Timeout.at(timeoutPath),
    resultPath: '$.step',
  });
  invoke.addRetry(TRY_AGAIN_UNTIL_TIMEOUT);
  return invoke;
};

/** An endpoint needs minutes to come into service; so often it is looked at. */
export const LOOK_EVERY = Duration.seconds(30);

export interface RolloutFunctions {
  readonly drive: lambda.IFunction;
  /** Hosts versions on SageMaker; absent in a deployment without. */
  readonly host: lambda.IFunction | undefined;
}

/** A rollout that is over leaves no endpoint behind that nobody needs. What fails here the sweep mends. */
const ending = (scope: Construct, host: lambda.IFunction | undefined): sfn.IChainable => {
  const over = new sfn.Succeed(scope, 'Over');
  if (host === undefined) return over;
  const release = task(scope, 'Release endpoint', host, { action: 'release' }, sfn.JsonPath.DISCARD);
  release.addCatch(over, { resultPath: sfn.JsonPath.DISCARD });
  release.next(over);
  return release;
};

/** A challenger that needs an endpoint of ours waits for it before it meets anybody. */
const hosting = (
  scope: Construct,
  { drive, host }: RolloutFunctions & { host: lambda.IFunction },
  next: { ready: sfn.IChainable; withdraw: sfn.IChainable; over: sfn.IChainable },
): sfn.IChainable => {
  const look = task(scope, 'Host challenger', host, { action: 'host' }, '$.hosting');
  look.addCatch(next.withdraw, { resultPath: sfn.JsonPath.DISCARD });
  const reason = sfn.JsonPath.stringAt('$.hosting.reason');
  const abort = task(scope, 'Abort', drive, { action: 'abort', reason }, sfn.JsonPath.DISCARD).next(next.over);
  const wait = new sfn.Wait(scope, 'Wait for endpoint', { time: sfn.WaitTime.duration(LOOK_EVERY) });
  const is = (progress: string) => sfn.Condition.stringEquals('$.hosting.hosting', progress);
  return look.next(
    new sfn.Choice(scope, 'In service?')
      .when(is('starting'), wait.next(look))
      .when(is('failed'), abort)
      .when(is('ended'), next.over)
      .otherwise(next.ready),
  );
};

/** Begin → each step until a verdict → promote, or nothing. The rows decide; the machine waits. */
export const rolloutMachine = (
  scope: Construct,
  functions: RolloutFunctions,
  config: ContenderConfig,
): sfn.StateMachine => {
  const { drive, host } = functions;
  const over = ending(scope, host);
  const withdraw = task(
    scope,
    'Withdraw',
    drive,
    { action: 'withdraw', reason: 'no verdict and no answer came in time, or the rollout could not go on' },
    sfn.JsonPath.DISCARD,
  ).next(over);
  const promote = task(scope, 'Promote', drive, { action: 'promote' }, sfn.JsonPath.DISCARD);
  promote.addCatch(withdraw, { resultPath: sfn.JsonPath.DISCARD });
  const enter = waiting(scope, 'Enter step', drive, 'enter-step', '$.stepDeadlineSeconds');
  const ask = waiting(scope, 'Ask operator', drive, 'ask', '$.personDeadlineSeconds');
  ask.addCatch(withdraw, { resultPath: sfn.JsonPath.DISCARD });
  enter.addCatch(ask, { errors: [sfn.Errors.TIMEOUT], resultPath: sfn.JsonPath.DISCARD });
  enter.addCatch(withdraw, { resultPath: sfn.JsonPath.DISCARD });

  const decided = new sfn.Choice(scope, 'Decided?')
    .when(sfn.Condition.stringEquals('$.step.decision', 'advance'), enter)
    .when(sfn.Condition.stringEquals('$.step.decision', 'promote'), promote.next(over))
    .otherwise(over);
  enter.next(decided);
  ask.next(decided);
  const begin = task(scope, 'Begin', drive, { action: 'begin' }, '$.begun');
  begin.addCatch(withdraw, { resultPath: sfn.JsonPath.DISCARD });
  const begun = new sfn.Choice(scope, 'Anything to compare with?')
    .when(sfn.Condition.stringEquals('$.begun.next', 'promote'), promote)
    .when(sfn.Condition.stringEquals('$.begun.next', 'step'), enter)
    .otherwise(over);
  begin.next(begun);
  const first = host === undefined ? begin : hosting(scope, { drive, host }, { ready: begin, withdraw, over });
  return new sfn.StateMachine(scope, 'Machine', {
    stateMachineName: `${config.deployment}-rollout`,
    comment: 'A challenger climbs by shadow and canary; outcomes decide',
    definitionBody: sfn.DefinitionBody.fromChainable(first),
    tracingEnabled: true,
    logs: machineLogs(scope, config),
  });
};
