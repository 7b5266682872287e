import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Alarms } from '../ports';

export class CloudWatchAlarms implements Alarms {
  constructor(private readonly cloudwatch: CloudWatchClient) {}

  async raised(names: readonly string[]): Promise<string[]> {
    if (names.length === 0) return [];
    const { MetricAlarms = [] } = await this.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: [...names], StateValue: 'ALARM' }),
    );
    return MetricAlarms.flatMap((alarm) =>
      alarm.AlarmName !== undefined && names.includes(alarm.AlarmName) ? [alarm.AlarmName] : [],
    );
  }
}
