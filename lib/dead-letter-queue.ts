import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ContenderConfig } from './config';

/** Where a capability's failed messages wait for an operator; the platform alarms on every one. */
export const deadLetterQueue = (
  scope: Construct,
  config: ContenderConfig,
  id = 'DeadLetters',
  fifo = false,
): sqs.Queue =>
  new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: config.enforceTls,
    retentionPeriod: Duration.days(14),
    ...(fifo ? { fifo: true } : {}),
  });
