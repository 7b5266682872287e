import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRICS, metricNamespace } from '../../lambdas/monitoring/contract';
import type { ContenderConfig } from '../config';

export interface PlatformAlarmsProps {
  readonly config: ContenderConfig;
  readonly topic: sns.ITopic;
  /** Functions by capability; scoring has alarms of its own. */
  readonly functions: Readonly<Record<string, readonly lambda.Function[]>>;
  readonly scoring: lambda.Function;
  readonly deadLetterQueues: readonly sqs.Queue[];
  readonly stateMachines: readonly sfn.StateMachine[];
}

type Severity = 'high' | 'medium';

const FIVE_MINUTES = Duration.minutes(5);

/** Name of the alarm that withdraws challengers: predictions fail. */
export const scoringErrorsAlarmName = (config: ContenderConfig): string =>
  `contender-${config.deployment}-scoring-errors`;

/** The alarms that the platform itself needs, and one dashboard. Every alarm has an entry in docs/runbook.md. */
export class PlatformAlarms extends Construct {
  readonly alarms: cloudwatch.Alarm[] = [];
  private readonly props: PlatformAlarmsProps;

  constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
    super(scope, id);
    this.props = props;
    const { config, scoring, functions, deadLetterQueues, stateMachines } = props;
    this.add(
      'ScoringErrors',
      'scoring-errors',
      'high',
      'Predictions fail',
      scoring.metricErrors({ period: Duration.minutes(1) }),
      1,
    );
    this.add(
      'ScoringThrottles',
      'scoring-throttles',
      'high',
      'Predictions are throttled',
      scoring.metricThrottles({ period: FIVE_MINUTES }),
      1,
    );
    for (const [capability, members] of Object.entries(functions)) {
      for (const fn of members) this.addFunction(capability, fn);
    }
    for (const queue of deadLetterQueues) {
      const where = queue.node.path.split('/').slice(-2, -1).join('').toLowerCase();
      const name = `dead-letters-${where}${queue.node.id === 'OutcomeDeadLetters' ? '-outcomes' : ''}`;
      const depth = queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      });
      this.add(
        `DeadLetters-${queue.node.addr.slice(-8)}`,
        name,
        'high',
        `Messages of ${where} wait in the dead-letter queue`,
        depth,
        1,
      );
    }
    for (const machine of stateMachines) {
      const where = machine.node.path.split('/').slice(-2, -1).join('').toLowerCase();
      this.add(
        `Failed-${where}`,
        `failed-${where}`,
        'medium',
        `Executions of the ${where} machine fail`,
        machine.metricFailed({ period: FIVE_MINUTES }),
        1,
      );
    }
    const drifted = new cloudwatch.Metric({
      namespace: metricNamespace(config.metricNamespace, config.deployment),
      metricName: METRICS.drifted,
      statistic: 'Maximum',
      period: FIVE_MINUTES,
    });
    this.add(
      'Drifted',
      'drifted-champions',
      'high',
      'At least one champion errs more than its baseline allows',
      drifted,
      1,
    );
    this.dashboard(drifted);
  }

  private add(
    id: string,
    name: string,
    severity: Severity,
    what: string,
    metric: cloudwatch.IMetric,
    threshold: number,
  ): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmName: `contender-${this.props.config.deployment}-${name}`,
      alarmDescription: `${what}. Severity: ${severity}. Runbook: docs/runbook.md#${anchorOf(name)}`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.props.topic));
    this.alarms.push(alarm);
  }

  private addFunction(capability: string, fn: lambda.Function): void {
    const name = `${capability}-${fn.node.id.toLowerCase()}`;
    const errors = fn.metricErrors({ period: FIVE_MINUTES });
    const throttles = fn.metricThrottles({ period: FIVE_MINUTES });
    this.add(`Errors-${name}`, `function-errors-${name}`, 'medium', `${fn.node.id} of ${capability} fails`, errors, 1);
    this.add(
      `Throttles-${name}`,
      `function-throttles-${name}`,
      'medium',
      `${fn.node.id} of ${capability} is throttled`,
      throttles,
      1,
    );
  }

  private dashboard(drifted: cloudwatch.Metric): void {
    const { config, scoring, deadLetterQueues } = this.props;
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: `contender-${config.deployment}` });
    dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: this.alarms, width: 24 }));
    dashboard.addWidgets(
      new cloudwatch.GraphWidget({
        title: 'Predictions',
        left: [scoring.metricInvocations()],
        right: [scoring.metricErrors(), scoring.metricThrottles()],
        width: 8,
      }),
      new cloudwatch.GraphWidget({
        title: 'Prediction latency',
        left: ['p50', 'p99'].map((statistic) => scoring.metricDuration({ statistic })),
        width: 8,
      }),
      new cloudwatch.GraphWidget({ title: 'Drifted champions', left: [drifted], width: 8 }),
    );
    dashboard.addWidgets(
      new cloudwatch.GraphWidget({
        title: 'Dead letters',
        left: deadLetterQueues.map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
        width: 24,
      }),
    );
  }
}

/** Alarms of one kind share an entry. */
const anchorOf = (name: string): string =>
  name.replace(/^(dead-letters|failed|function-errors|function-throttles)-.*/, '$1');
