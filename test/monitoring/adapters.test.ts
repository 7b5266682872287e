import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CloudWatchMetrics } from '../../lambdas/monitoring/adapters/cloudwatch-metrics';
import { DriftLedger } from '../../lambdas/monitoring/adapters/drift-ledger';
import { SqsOutcomeQueue } from '../../lambdas/monitoring/adapters/sqs-outcome-queue';
import { driftAlarmName, metricNamespace, modelOfDriftAlarm } from '../../lambdas/monitoring/contract';
import { weighOutcomes } from '../../lambdas/monitoring/domain/weigh-outcomes';
import { RegistryTable } from '../../lambdas/registry/adapters/registry-table';
import { type FakeAnswer, FakeAws } from '../scoring/fake-aws';
import { batchOf, emptyRecord, outcome, rulesFor, servingVersion, TODAY } from './evidence-world';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());
beforeEach(() => {
  aws.requests.length = 0;
});

describe('the queue', () => {
  const queue = () =>
    new SqsOutcomeQueue(new SQSClient({ ...aws.config, md5: false }), 'http://queue.test/outcomes.fifo');
  const bodies = () => aws.requests.map(({ body }) => JSON.parse(body));

  test('a version is a group, and equal messages are recognised by their content', async () => {
    aws.answer = () => ({ body: JSON.stringify({ MessageId: '1' }) });
    const batch = { ...batchOf(outcome(0)), model: 'Credit' };
    await queue().send([batch, batch, batchOf(outcome(1))]);
    const [first, again, other] = bodies();
    expect(first).toMatchObject({ MessageGroupId: 'credit.1', MessageDeduplicationId: again.MessageDeduplicationId });
    expect(other.MessageDeduplicationId).not.toBe(first.MessageDeduplicationId);
    expect(JSON.parse(first.MessageBody)).toEqual(batch);
  });

  test('when a message is not taken, nothing after it is sent, and the caller hears of it', async () => {
    aws.answer = () => ({ status: 500, body: '{}' });
    await expect(queue().send([batchOf(outcome(0)), batchOf(outcome(1))])).rejects.toThrow();
    expect(aws.requests).toHaveLength(1);
  });
});

describe('metrics', () => {
  /** What the commands said, without their way over the wire. */
  const recording = (namespace = 'Contender/{deployment}') => {
    const client = new CloudWatchClient(aws.config);
    const sent: object[] = [];
    jest.spyOn(client, 'send').mockImplementation(async (command: { input: object }) => {
      sent.push(command.input);
      return {};
    });
    return { sent, metrics: new CloudWatchMetrics(client, { deployment: 'bank', namespace, topicArn: 'arn:topic' }) };
  };
  const evidence = weighOutcomes(
    [outcome(0), outcome(1, { truth: 1 })],
    emptyRecord(),
    rulesFor(servingVersion()),
    TODAY + 120_000,
  ).version;

  test.each(['Champion', 'Challenger'] as const)('a %s has gauges of its own names', async (role) => {
    const { sent, metrics } = recording('Contender/{deployment}/{model}');
    await metrics.publish(evidence, role);
    expect(sent).toEqual([
      {
        Namespace: 'Contender/bank/credit',
        MetricData: Object.entries({
          AccuracyDriftEvidence: 0,
          AccuracyDriftThreshold: Math.log(3650),
          Accuracy: 0.5,
          Loss: 0.5,
          Value: 0,
          Outcomes: 2,
          OutcomeDelaySeconds: 60,
        }).map(([name, Value]) => ({
          MetricName: role + name,
          Value,
          Dimensions: [{ Name: 'Model', Value: 'credit' }],
        })),
      },
    ]);
  });

  test('a version without outcomes has no ratios to publish', async () => {
    const { sent, metrics } = recording();
    await metrics.publish(emptyRecord().version, 'Champion');
    expect(sent).toEqual([]);
  });

  test('a champion’s alarm watches ln evidence against ln A, and tells the topic', async () => {
    const { sent, metrics } = recording();
    await metrics.ensureAlarm('credit', 3650);
    expect(sent).toMatchObject([
      {
        AlarmName: 'contender-bank-accuracy-drift-credit',
        Namespace: 'Contender/bank',
        MetricName: 'ChampionAccuracyDriftEvidence',
        Dimensions: [{ Name: 'Model', Value: 'credit' }],
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: Math.log(3650),
        TreatMissingData: 'notBreaching',
        AlarmActions: ['arn:topic'],
      },
    ]);
  });

  test('alarms are removed a hundred at a time, and none is a call too few', async () => {
    const { sent, metrics } = recording();
    await metrics.removeAlarms(Array.from({ length: 150 }, (_, i) => `m${i}`));
    await metrics.removeAlarms([]);
    expect(sent.map((input) => (input as { AlarmNames: string[] }).AlarmNames.length)).toEqual([100, 50]);
  });

  test('the number of drifted champions is the deployment’s', async () => {
    const { sent, metrics } = recording('C/{deployment}/{model}');
    await metrics.publishDrifted(2);
    expect(sent).toEqual([
      { Namespace: 'C/bank/all', MetricData: [{ MetricName: 'DriftedChampions', Value: 2, Unit: 'Count' }] },
    ]);
  });
});

describe('names', () => {
  test('an alarm’s name leads back to its model, whatever dashes it has', () => {
    expect(modelOfDriftAlarm('bank', driftAlarmName('bank', 'a-b.c_D'))).toBe('a-b.c_D');
    expect(modelOfDriftAlarm('bank', 'contender-bank-drifted-champions')).toBeUndefined();
    expect(modelOfDriftAlarm('bank', driftAlarmName('bank-2', 'credit'))).toBeUndefined();
  });

  test('a namespace pattern without a model is one namespace for all', () => {
    expect(metricNamespace('Contender/{deployment}', 'bank', 'credit')).toBe('Contender/bank');
    expect(metricNamespace('{deployment}.{model}', 'bank')).toBe('bank.all');
  });
});

describe('the drift ledger', () => {
  const ledger = () => new DriftLedger(new RegistryTable(new DynamoDBClient(aws.config), 'registry', 'audit'));
  const entry = {
    type: 'Drift Detected',
    model: 'Credit',
    version: 3,
    at: TODAY,
    actor: { kind: 'platform', id: 'monitoring' },
    detail: { driftSince: TODAY, outcomes: 60 },
  } as const;
  const answering = (transaction: FakeAnswer) => {
    aws.answer = ({ operation }) => (operation === 'Query' ? { body: '{"Items":[]}' } : transaction);
  };
  const cancelled = (code: string): FakeAnswer => ({
    status: 400,
    body: JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      CancellationReasons: [{ Code: code }, { Code: 'None' }],
    }),
  });

  test('a fact is written with its audit event, under a key that is the drift’s', async () => {
    answering({ body: '{}' });
    expect(await ledger().record(entry)).toBe(true);
    const { TransactItems } = JSON.parse(aws.requests.at(-1)?.body ?? '{}');
    expect(TransactItems[0].Put).toMatchObject({
      TableName: 'registry',
      Item: { pk: { S: 'MODEL#credit' }, sk: { S: `DRIFT#0000000003#${TODAY}#Drift Detected` } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    expect(TransactItems[1].Put).toMatchObject({ TableName: 'audit', Item: { type: { S: 'Drift Detected' } } });
  });

  test('a fact that is on record already is not new', async () => {
    answering(cancelled('ConditionalCheckFailed'));
    expect(await ledger().record(entry)).toBe(false);
  });

  test('any other failure is told, so that the fact is tried again', async () => {
    answering({ status: 500, body: '{"__type":"InternalServerError"}' });
    await expect(ledger().record(entry)).rejects.toThrow();
  });
});
