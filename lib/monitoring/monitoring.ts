import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import {
  acceptOutcomesEnvSchema,
  driftAlarmPrefix,
  metricNamespace,
  processOutcomesEnvSchema,
  watchChampionsEnvSchema,
} from '../../lambdas/monitoring/contract';
import { MONITORING_API } from '../../lambdas/monitoring/schemas/api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';

export interface MonitoringProps {
  readonly state: ModelOpsState;
  readonly eventBus: events.EventBus;
  /** Where the alarms of champions go. */
  readonly alarmTopic: sns.Topic;
}

const PROCESS_TIMEOUT = Duration.seconds(60);

/** From outcomes to evidence, metrics and the alarm of each champion. */
export class Monitoring extends Construct {
  readonly accept: lambda.Function;
  readonly functions: readonly lambda.Function[];
  readonly deadLetterQueues: readonly sqs.Queue[];
  private readonly props: MonitoringProps;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.props = props;
    const { state } = props;
    const { config } = state;
    const outcomeDeadLetters = deadLetterQueue(this, config, 'OutcomeDeadLetters', true);
    const queue = new sqs.Queue(this, 'Outcomes', {
      fifo: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: config.enforceTls,
      visibilityTimeout: Duration.seconds(PROCESS_TIMEOUT.toSeconds() * 6),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: outcomeDeadLetters, maxReceiveCount: 10 },
    });
    this.accept = this.accepter(queue);
    const process = this.processor(queue);
    const deadLetters = deadLetterQueue(this, config);
    const publish = this.watcher(
      'Publish',
      'monitoring/publish-metrics',
      'Publishes the metrics of evidence that moved',
    );
    publish.addEventSource(
      new DynamoEventSource(state.evidenceTable as dynamodb.ITable, {
        startingPosition: lambda.StartingPosition.LATEST,
        batchSize: 100,
        retryAttempts: 10,
        bisectBatchOnError: true,
        onFailure: new SqsDlq(deadLetters),
        filters: [lambda.FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: [{ prefix: 'VERSION#' }] } } } })],
      }),
    );
    const watch = this.watcher('Watch', 'monitoring/watch-champions', 'Keeps the alarm and metrics of every champion');
    this.schedule(watch, deadLetters);
    this.functions = [this.accept, process, publish, watch];
    this.deadLetterQueues = [outcomeDeadLetters, deadLetters];
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(MONITORING_API, this.accept);
  }

  private get registryEnvironment() {
    const { state } = this.props;
    return {
      REGISTRY_TABLE: state.registryTable.tableName,
      AUDIT_TABLE: state.auditTable.tableName,
      EVIDENCE_TABLE: state.evidenceTable.tableName,
      DEFAULT_POLICY: JSON.stringify(state.config.policy),
    };
  }

  private accepter(queue: sqs.Queue): lambda.Function {
    const { state } = this.props;
    const { config } = state;
    const accept = new ContenderFunction(this, 'Accept', {
      config,
      entry: 'monitoring/accept-outcomes',
      description: 'Takes outcomes from applications, and shows evidence',
      envSchema: acceptOutcomesEnvSchema,
      env: {
        ...this.registryEnvironment,
        PREDICTION_KEYS_SECRET: state.predictionKeysArn,
        DEPLOYMENT: config.deployment,
        OUTCOME_QUEUE_URL: queue.queueUrl,
      },
      memorySize: 512,
    });
    state.grantRegistryRead(accept);
    state.evidenceTable.grant(accept, 'dynamodb:GetItem');
    state.grantPredictionKeys(accept);
    queue.grantSendMessages(accept);
    return accept;
  }

  private processor(queue: sqs.Queue): lambda.Function {
    const { state } = this.props;
    const process = new ContenderFunction(this, 'Process', {
      config: state.config,
      entry: 'monitoring/process-outcomes',
      description: 'Turns outcomes into evidence, once',
      envSchema: processOutcomesEnvSchema,
      env: this.registryEnvironment,
      memorySize: 512,
      timeout: PROCESS_TIMEOUT,
    });
    state.grantRegistryRead(process);
    state.evidenceTable.grant(process, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem');
    process.addEventSource(new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }));
    return process;
  }

  private watcher(id: string, entry: string, description: string): lambda.Function {
    const { state, alarmTopic } = this.props;
    const { config } = state;
    const env = {
      ...this.registryEnvironment,
      DEPLOYMENT: config.deployment,
      METRIC_NAMESPACE: config.metricNamespace,
      ALARM_TOPIC: alarmTopic.topicArn,
    };
    const fn = new ContenderFunction(this, id, {
      config,
      entry,
      description,
      envSchema: watchChampionsEnvSchema,
      env,
      timeout: Duration.minutes(2),
    });
    state.grantRegister(fn);
    state.evidenceTable.grant(fn, 'dynamodb:GetItem', 'dynamodb:PutItem');
    const namespaces = metricNamespace(config.metricNamespace, config.deployment, '*');
    // IfExists, because the condition key is absent from some callers' requests, which a plain StringLike would deny
    // altogether; where the key is present, it limits to the namespaces of this deployment.
    fn.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringLikeIfExists: { 'cloudwatch:namespace': namespaces } },
      }),
    );
    const alarms = Stack.of(this)
      .formatArn({ service: 'cloudwatch', resource: 'alarm:', resourceName: `${driftAlarmPrefix(config.deployment)}*` })
      .replace('alarm:/', 'alarm:');
    fn.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
        resources: [alarms],
      }),
    );
    fn.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
    return fn;
  }

  /** The clock, every new champion, and the end of the deployment. */
  private schedule(watch: lambda.Function, deadLetters: sqs.Queue): void {
    const target = () => new targets.LambdaFunction(watch, { deadLetterQueue: deadLetters, retryAttempts: 10 });
    const clock = new events.Rule(this, 'Clock', {
      description: 'Batches close, and gauges go on, without traffic',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [target()],
    });
    const champion = new events.Rule(this, 'Champion', {
      description: 'A new champion gets its alarm',
      eventBus: this.props.eventBus,
      eventPattern: { source: ['contender'], detailType: ['Champion Changed'] },
      targets: [target()],
    });
    const provider = new Provider(this, 'AlarmCleaner', { onEventHandler: watch });
    const cleaner = new CustomResource(this, 'ChampionAlarms', {
      resourceType: 'Custom::ChampionAlarms',
      serviceToken: provider.serviceToken,
    });
    // Deleted before it: a tick in between would make the alarms anew.
    clock.node.addDependency(cleaner);
    champion.node.addDependency(cleaner);
  }
}
