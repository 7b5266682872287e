import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { DEPLOYMENT_TAG } from '../lambdas/registry/contract';
import type { ContenderConfig } from './config';

/** The right to call SageMaker endpoints that carry the deployment's tag; manifests name them, so that names are not known beforehand. */
export const endpointCalls = (scope: Construct, { deployment }: ContenderConfig): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: ['sagemaker:InvokeEndpoint'],
    resources: [Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'endpoint', resourceName: '*' })],
    conditions: { StringEquals: { [`aws:ResourceTag/${DEPLOYMENT_TAG}`]: deployment } },
  });
