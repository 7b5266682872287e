import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { requestRefreshEnvSchema } from '../../lambdas/refresh/contract';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';

export interface RefreshProps {
  readonly state: ModelOpsState;
  readonly alarmTopic: sns.Topic;
}

/** Turns a champion's drift alarm into a request for retraining, on record and on the event bus. */
export class Refresh extends Construct {
  readonly request: lambda.Function;
  readonly deadLetterQueues: readonly sqs.Queue[];

  constructor(scope: Construct, id: string, props: RefreshProps) {
    super(scope, id);
    const { state, alarmTopic } = props;
    const { config } = state;
    this.request = new ContenderFunction(this, 'Request', {
      config,
      entry: 'refresh/request-refresh',
      description: 'Asks for retraining when a champion drifts',
      envSchema: requestRefreshEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        EVIDENCE_TABLE: state.evidenceTable.tableName,
        DEFAULT_POLICY: JSON.stringify(config.policy),
        DEPLOYMENT: config.deployment,
      },
    });
    state.grantRegister(this.request);
    state.evidenceTable.grant(this.request, 'dynamodb:GetItem');
    const deadLetters = deadLetterQueue(this, config);
    alarmTopic.addSubscription(new subscriptions.LambdaSubscription(this.request, { deadLetterQueue: deadLetters }));
    this.deadLetterQueues = [deadLetters];
  }
}
