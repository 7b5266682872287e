import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { answeredBy, LOOK_EVERY } from '../rollout/rollout-machine';

const task = answeredBy({ model: sfn.JsonPath.stringAt('$.model'), version: sfn.JsonPath.numberAt('$.version') });

export interface EvaluateHostedFunctions {
  readonly evaluate: lambda.IFunction;
  /** Hosts versions on SageMaker; absent in a deployment without. */
  readonly host: lambda.IFunction | undefined;
}

/**
 * Evaluates a version and goes on with `next`. One with a container is hosted for as long as that takes: it is paid for while it
 * is asked, and not while people decide. What is left behind here the sweep finds.
 */
export const evaluateHosted = (
  scope: Construct,
  { evaluate, host }: EvaluateHostedFunctions,
  next: sfn.IChainable,
): sfn.IChainable => {
  if (host === undefined) return task(scope, 'Evaluate', evaluate, {}, '$.evaluation').next(next);
  const since = sfn.JsonPath.stringAt('$$.Execution.StartTime');
  const look = task(scope, 'Host candidate', host, { action: 'host-candidate', since }, '$.hosting');
  const wait = new sfn.Wait(scope, 'Wait for endpoint', { time: sfn.WaitTime.duration(LOOK_EVERY) });
  const hosting = sfn.JsonPath.objectAt('$.hosting');
  const run = task(scope, 'Evaluate', evaluate, { hosting }, '$.evaluation');
  const release = task(scope, 'Release candidate', host, { action: 'release-candidate' }, sfn.JsonPath.DISCARD);
  release.addCatch(next, { resultPath: sfn.JsonPath.DISCARD });
  run.next(release.next(next));
  return look.next(
    new sfn.Choice(scope, 'Candidate in service?')
      .when(sfn.Condition.stringEquals('$.hosting.hosting', 'starting'), wait.next(look))
      .otherwise(run),
  );
};
