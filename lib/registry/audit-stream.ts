import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ModelOpsState } from '../model-ops-state';

/** Every audit event from the first on, in order; what is given up after its retries goes among the dead letters. */
export const auditStream = (state: ModelOpsState, deadLetters: sqs.Queue): DynamoEventSource =>
  new DynamoEventSource(state.auditTable as dynamodb.ITable, {
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 25,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: 20,
    onFailure: new SqsDlq(deadLetters),
  });
