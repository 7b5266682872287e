import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  type MetricDatum,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import {
  driftAlarmName,
  driftAlarmPrefix,
  METRICS,
  metricNamespace,
  modelOfDriftAlarm,
  type VersionEvidence,
} from '../contract';
import { evidenceOf } from '../domain/e-detector';

/** Seconds over which a gauge is read; it is published with every batch of outcomes, and each minute. */
const PERIOD_SECONDS = 60;

const driftGauges = ({ detector }: VersionEvidence): Record<string, number> => {
  if (detector === undefined) return {};
  const { logMix, logThreshold } = evidenceOf(detector);
  return { AccuracyDriftEvidence: logMix, AccuracyDriftThreshold: logThreshold };
};

const gauges = (evidence: VersionEvidence): Record<string, number> => {
  const { window } = evidence;
  if (window.n === 0) return driftGauges(evidence);
  return {
    ...driftGauges(evidence),
    Accuracy: window.correct / window.n,
    Loss: window.lossSum / window.n,
    Value: window.valueSum,
    Outcomes: window.n,
    OutcomeDelaySeconds: window.delaySumMs / window.n / 1000,
  };
};

export interface MetricSettings {
  readonly deployment: string;
  /** Pattern with `{deployment}` and `{model}`. */
  readonly namespace: string;
  readonly topicArn: string;
}

/** The metrics that people and alarms look at, and the alarm of each champion. */
export class CloudWatchMetrics {
  constructor(
    private readonly cloudwatch: CloudWatchClient,
    private readonly settings: MetricSettings,
  ) {}

  /** Gauges of a version in its role; publishing them again changes nothing. */
  async publish(evidence: VersionEvidence, role: 'Champion' | 'Challenger'): Promise<void> {
    const dimensions = [{ Name: 'Model', Value: evidence.model }];
    const data: MetricDatum[] = Object.entries(gauges(evidence)).map(([name, Value]) => ({
      MetricName: role + name,
      Value,
      Dimensions: dimensions,
    }));
    if (data.length > 0) await this.put(this.namespace(evidence.model), data);
  }

  async publishDrifted(count: number): Promise<void> {
    await this.put(this.namespace(), [{ MetricName: METRICS.drifted, Value: count, Unit: 'Count' }]);
  }

  /** The alarm on a champion's accuracy drift: evidence at or above ln A, where A is the policy's threshold. */
  async ensureAlarm(model: string, threshold: number): Promise<void> {
    await this.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: driftAlarmName(this.settings.deployment, model),
        AlarmDescription: `The champion of ${model} errs more than its baseline allows. Severity: high. Runbook: docs/runbook.md#accuracy-drift`,
        Namespace: this.namespace(model),
        MetricName: METRICS.driftEvidence,
        Dimensions: [{ Name: 'Model', Value: model }],
        Statistic: 'Maximum',
        Period: PERIOD_SECONDS,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: Math.log(threshold),
        TreatMissingData: 'notBreaching',
        AlarmActions: [this.settings.topicArn],
        OKActions: [this.settings.topicArn],
      }),
    );
  }

  /** Models that have an alarm. */
  async alarmedModels(): Promise<string[]> {
    const { deployment } = this.settings;
    const models: string[] = [];
    const pages = paginateDescribeAlarms(
      { client: this.cloudwatch },
      { AlarmNamePrefix: driftAlarmPrefix(deployment) },
    );
    for await (const { MetricAlarms = [] } of pages)
      models.push(...MetricAlarms.flatMap(({ AlarmName = '' }) => modelOfDriftAlarm(deployment, AlarmName) ?? []));
    return models;
  }

  async removeAlarms(models: readonly string[]): Promise<void> {
    for (let start = 0; start < models.length; start += 100) {
      const AlarmNames = models
        .slice(start, start + 100)
        .map((model) => driftAlarmName(this.settings.deployment, model));
      await this.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames }));
    }
  }

  private namespace(model?: string): string {
    return metricNamespace(this.settings.namespace, this.settings.deployment, model);
  }

  private async put(Namespace: string, MetricData: MetricDatum[]): Promise<void> {
    await this.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  }
}
