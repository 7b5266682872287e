import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  flagAffectedEnvSchema,
  lineageApiEnvSchema,
  publishEventsEnvSchema,
  registryApiEnvSchema,
} from '../../lambdas/registry/contract';
import { REGISTRY_API } from '../../lambdas/registry/schemas/api';
import { LINEAGE_API } from '../../lambdas/registry/schemas/lineage-api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';
import { auditStream } from './audit-stream';

export interface RegistryProps {
  readonly state: ModelOpsState;
  readonly eventBus: events.EventBus;
  /** Where owners are told of withdrawn datasets. */
  readonly alarmTopic: sns.Topic;
}

/** The system of record's API, and the outbox through which its changes leave on the event bus. */
export class Registry extends Construct {
  readonly api: ContenderFunction<typeof registryApiEnvSchema>;
  /** Apart from the rest of the API, since it alone holds the keys of prediction ids. */
  readonly lineage: ContenderFunction<typeof lineageApiEnvSchema>;
  /** Works a dataset's withdrawal through. */
  readonly flag: ContenderFunction<typeof flagAffectedEnvSchema>;
  readonly publish: ContenderFunction<typeof publishEventsEnvSchema>;
  readonly deadLetterQueues: readonly sqs.Queue[];

  constructor(scope: Construct, id: string, props: RegistryProps) {
    super(scope, id);
    const { state, eventBus } = props;
    const { config } = state;
    this.api = new ContenderFunction(this, 'Api', {
      config,
      entry: 'registry/registry-api',
      description: 'Models, versions, policies, access and audit events',
      envSchema: registryApiEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        DEFAULT_POLICY: JSON.stringify(config.policy),
        NEW_MODELS: config.newModels,
      },
    });
    state.grantRegister(this.api);

    this.lineage = this.lineageApi(state);
    this.publish = new ContenderFunction(this, 'Publish', {
      config,
      entry: 'registry/publish-events',
      description: 'Publishes what is on record as domain events',
      envSchema: publishEventsEnvSchema,
      env: {
        DEPLOYMENT: config.deployment,
        EVENT_BUS: eventBus.eventBusName,
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
      },
      // What an operator has published again takes a call an event.
      timeout: Duration.minutes(5),
    });
    eventBus.grantPutEventsTo(this.publish);
    state.auditTable.grant(this.publish, 'dynamodb:Query');
    const deadLetters = deadLetterQueue(this, config);
    this.publish.addEventSource(auditStream(state, deadLetters));
    this.flag = this.flagger(props, deadLetters);
    this.deadLetterQueues = [deadLetters];
  }

  private lineageApi(state: ModelOpsState): ContenderFunction<typeof lineageApiEnvSchema> {
    const { config } = state;
    const fn = new ContenderFunction(this, 'Lineage', {
      config,
      entry: 'registry/lineage-api',
      description: 'What versions and predictions were made from, and what rests on a dataset',
      envSchema: lineageApiEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        PREDICTION_KEYS_SECRET: state.predictionKeysArn,
        DEPLOYMENT: config.deployment,
      },
    });
    state.grantRegistryRead(fn);
    state.grantPredictionKeys(fn);
    return fn;
  }

  /** Events that it fails for wait among the dead letters; sent back, the work goes on where it was. */
  private flagger(
    { state, eventBus, alarmTopic }: RegistryProps,
    deadLetters: sqs.Queue,
  ): ContenderFunction<typeof flagAffectedEnvSchema> {
    const { config } = state;
    const fn = new ContenderFunction(this, 'Flag', {
      config,
      entry: 'registry/flag-affected',
      description: 'Flags the versions that rest on a withdrawn dataset, and tells their owners',
      envSchema: flagAffectedEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        DEPLOYMENT: config.deployment,
        NOTICE_TOPIC: alarmTopic.topicArn,
      },
      timeout: Duration.minutes(15),
      overrides: { deadLetterQueue: deadLetters },
    });
    state.grantRegister(fn);
    alarmTopic.grantPublish(fn);
    new events.Rule(this, 'Withdrawn', {
      description: 'A withdrawal is worked through, from the event that began it',
      eventBus,
      eventPattern: {
        source: ['contender'],
        detailType: ['Dataset Withdrawn'],
        detail: { data: { origin: [true] } },
      },
      targets: [new targets.LambdaFunction(fn, { deadLetterQueue: deadLetters, retryAttempts: 10 })],
    });
    return fn;
  }

  get routes(): readonly ApiRoute[] {
    return [...routesOf(REGISTRY_API, this.api), ...routesOf(LINEAGE_API, this.lineage)];
  }
}
