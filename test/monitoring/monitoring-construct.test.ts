import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { ModelOps } from '../../lib/model-ops';
import { ModelOpsState } from '../../lib/model-ops-state';
import { alarmTopic } from '../../lib/monitoring/alarm-topic';
import { Monitoring } from '../../lib/monitoring/monitoring';
import { testApp } from '../lib/test-app';

const synth = (config: object = {}) => {
  const stack = new Stack(testApp(), 'Test');
  const state = new ModelOpsState(stack, 'State', { config: { deployment: 'bank', ...config } });
  const topic = alarmTopic(stack, state.config);
  const eventBus = new events.EventBus(stack, 'Events');
  const monitoring = new Monitoring(stack, 'Monitoring', { state, eventBus, alarmTopic: topic });
  return { stack, monitoring, template: Template.fromStack(stack) };
};
const plain = synth();

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of the policies of the function of that id. */
const statementsOf = (template: Template, id: string): Statement[] =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([name]) => name.startsWith(`Monitoring${id}ServiceRole`))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
const actionsOf = (id: string): string[] =>
  statementsOf(plain.template, id)
    .flatMap(({ Action }) => Action)
    .filter((action) => !action.startsWith('xray:'));

test('outcomes pass one FIFO queue, are kept for two weeks, and leave it only processed or for the dead letters', () => {
  plain.template.hasResourceProperties('AWS::SQS::Queue', {
    FifoQueue: true,
    MessageRetentionPeriod: 14 * 86_400,
    VisibilityTimeout: 360,
    RedrivePolicy: { maxReceiveCount: 10, deadLetterTargetArn: Match.anyValue() },
  });
  plain.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  expect(plain.monitoring.deadLetterQueues).toHaveLength(2);
});

test('only evidence of versions is published, not the outcomes that share its stream', () => {
  plain.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FilterCriteria: {
      Filters: [{ Pattern: JSON.stringify({ dynamodb: { Keys: { sk: { S: [{ prefix: 'VERSION#' }] } } } }) }],
    },
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
});

test('who accepts outcomes may read and send; who processes them may write evidence, and change no record', () => {
  expect(actionsOf('Accept').filter((action) => /dynamodb:(?!GetItem|Query|BatchGet)/.test(action))).toEqual([]);
  expect(actionsOf('Accept')).toContain('sqs:SendMessage');
  const writes = statementsOf(plain.template, 'Process').filter(({ Action }) => Action.includes('dynamodb:PutItem'));
  expect(JSON.stringify(writes)).toContain('StateEvidence');
  expect(JSON.stringify(writes)).not.toContain('StateRegistry');
  expect(actionsOf('Process').filter((action) => action.startsWith('cloudwatch:'))).toEqual([]);
});

test.each([
  [undefined, 'Contender/bank'],
  ['{deployment}/{model}/x', 'bank/*/x'],
])('metrics may be put into namespaces of this deployment alone (pattern %s)', (metricNamespace, namespaces) => {
  const { template } = synth(metricNamespace ? { metricNamespace } : {});
  for (const id of ['Watch', 'Publish']) {
    const [statement] = statementsOf(template, id).filter(({ Action }) => Action === 'cloudwatch:PutMetricData');
    expect(statement?.Condition).toEqual({ StringLikeIfExists: { 'cloudwatch:namespace': namespaces } });
  }
});

test('alarms may be made and removed under the names of this deployment’s champions alone', () => {
  const [statement] = statementsOf(plain.template, 'Watch').filter(({ Action }) =>
    Action.includes('cloudwatch:PutMetricAlarm'),
  );
  expect(JSON.stringify(statement?.Resource)).toContain(':alarm:contender-bank-accuracy-drift-*');
});

test('the clock ticks each minute, and a new champion is watched at once', () => {
  plain.template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
  plain.template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['contender'], 'detail-type': ['Champion Changed'] },
  });
});

test('when the deployment is deleted, the rules that make alarms go before the alarms are removed', () => {
  const [cleaner = ''] = Object.keys(plain.template.findResources('Custom::ChampionAlarms'));
  const rules = Object.values(plain.template.findResources('AWS::Events::Rule'));
  expect(rules).toHaveLength(2);
  expect(rules.every(({ DependsOn }) => DependsOn.includes(cleaner))).toBe(true);
});

test('the topic’s key admits CloudWatch, and refuses plain http unless the config says otherwise', () => {
  plain.template.hasResourceProperties('AWS::KMS::Key', {
    EnableKeyRotation: true,
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Principal: { Service: 'cloudwatch.amazonaws.com' },
        }),
      ]),
    },
  });
  const refusesHttp = (template: Template) =>
    JSON.stringify(template.findResources('AWS::SNS::TopicPolicy')).includes('aws:SecureTransport');
  expect([refusesHttp(plain.template), refusesHttp(synth({ enforceTls: false }).template)]).toEqual([true, false]);
});

test('an address in the config hears every alarm', () => {
  synth({ alarmEmail: 'ops@example.com' }).template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
});

describe('alarms of the platform', () => {
  const stack = new Stack(testApp(), 'Platform');
  new ModelOps(stack, 'ModelOps', { config: { deployment: 'bank' } });
  const template = Template.fromStack(stack);
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  const runbook = readFileSync(resolve(__dirname, '../../docs/runbook.md'), 'utf8');
  const entries = new Set(Array.from(runbook.matchAll(/^## (.+)$/gm), ([, title = '']) => title));

  test('each has a name of its own, a severity, and tells the topic', () => {
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
    for (const { AlarmName, AlarmDescription, AlarmActions, TreatMissingData } of alarms) {
      expect(AlarmName).toMatch(/^contender-bank-/);
      expect(AlarmDescription).toMatch(/ Severity: (high|medium)\. Runbook: docs\/runbook\.md#[a-z-]+$/);
      expect(AlarmActions).toHaveLength(1);
      expect(TreatMissingData).toBe('notBreaching');
    }
  });

  test('each has an entry in the runbook, and the runbook has no entry without an alarm or a notice', () => {
    const sources = ['monitoring/adapters/cloudwatch-metrics.ts', 'registry/adapters/sns-owners.ts'];
    const told = sources.map((path) => readFileSync(resolve(__dirname, '../../lambdas', path), 'utf8'));
    const described = [...alarms.map(({ AlarmDescription }) => AlarmDescription), ...told];
    const anchors = new Set(described.map((text: string) => /runbook\.md#([a-z-]+)/.exec(text)?.[1]));
    expect([...anchors].sort()).toEqual([...entries].sort());
  });

  test('every dead-letter queue and state machine is watched, and so is a champion’s drift', () => {
    const names: string[] = alarms.map(({ AlarmName }) => AlarmName);
    const queues = Object.values(template.findResources('AWS::SQS::Queue'));
    const sources = queues.filter(({ Properties }) => Properties.RedrivePolicy !== undefined).length;
    expect(names.filter((name) => name.includes('-dead-letters-'))).toHaveLength(queues.length - sources);
    const machines = template.findResources('AWS::StepFunctions::StateMachine');
    expect(names.filter((name) => name.includes('-failed-'))).toHaveLength(Object.keys(machines).length);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'contender-bank-drifted-champions',
      Namespace: 'Contender/bank',
      MetricName: 'DriftedChampions',
      Threshold: 1,
    });
  });

  test('there is one dashboard', () => {
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'contender-bank' });
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});
