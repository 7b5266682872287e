/** A finding of cdk-nag that is accepted, and why. Both patterns must match; an entry that matches nothing fails the test. */
export interface Acknowledgement {
  readonly rule: RegExp;
  readonly path: RegExp;
  readonly reason: string;
}

export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    rule: /^AwsSolutions-S1$/,
    path: /State\/(Uploads|Artifacts|AuditVault)\/Resource$/,
    reason:
      'Who read or wrote what is recorded by CloudTrail data events, which an account switches on for all of its buckets; access logs would be a third bucket that needs the same care.',
  },
  {
    rule: /^AwsSolutions-SMG4$/,
    path: /PredictionKeys/,
    reason:
      'The keys open prediction ids for as long as outcomes may come back (400 days): rotation adds a key beside the old ones, by the procedure in lambdas/predictions/README.md, and never on a timer alone.',
  },
  {
    rule: /^AwsSolutions-COG2$/,
    path: /Access\/People/,
    reason:
      'MFA is offered and left to the organisation, most of which sign in through their own identity provider, which asks for it.',
  },
  {
    rule: /^AwsSolutions-IAM4\[.*AWSLambdaBasicExecutionRole\]$/,
    path: /ServiceRole\/Resource$/,
    reason: 'The managed policy lets a function write its own logs, and nothing else.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /(ServiceRole|Role)\/DefaultPolicy/,
    reason:
      'X-Ray, DescribeAlarms, PutMetricData (limited to our namespaces), SendTaskSuccess (which names a secret token), ListModels, ECR’s GetAuthorizationToken and log delivery of state machines know no resources.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Action::s3:(GetObject|GetBucket|List|Abort)\*\]$/,
    path: /(Upload|Approval)/,
    reason: 'The verbs of CDK’s own read and put grants, on one prefix of one bucket.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*\/(inbox|mlflow|models|evaluations|backgrounds|audit|tampered|index)\/\*\]$/,
    path: /./,
    reason: 'One prefix of a bucket, or the indexes of one table: the objects are not known beforehand.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::<\w+\.Arn>:\*\]$/,
    path: /./,
    reason: 'Versions of one function; CDK’s grantInvoke names the function and its versions.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Action::kms:GenerateDataKey\*\]$/,
    path: /Registry\/Flag/,
    reason: 'The verb of CDK’s own grant to publish on an encrypted topic, on the one key of that topic.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn.*:execution:/,
    path: /Rollout\/Judge/,
    reason: 'Executions of one state machine: each rollout has its own.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*Uploads.*\/requests\/\*\]$/,
    path: /Scoring\/(Infer|OpenInput)/,
    reason: 'Callers’ own places for inputs, of which there is one a caller; code holds each caller to its own.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn.*:endpoint\/\*\]$/,
    path: /(Scoring\/Infer|Evaluation\/Hosted)/,
    reason:
      'Endpoints are named by the models’ manifests; a condition admits only those that carry the deployment’s tag.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn.*:(model|endpoint-config|endpoint)\/contender-\*\]$/,
    path: /Rollout\/Hosting\/Host/,
    reason: 'What Contender hosts on SageMaker is named after the deployment; versions come and go at run time.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*(models\/\*\.tar\.gz|repository\/\*|log-group:\/aws\/sagemaker\/Endpoints\/contender-\*)\]$/,
    path: /Rollout\/Hosting\/ContainerRole/,
    reason:
      'Archives of hosted versions, the account’s own images (or those that sagemaker.repositories names), and the logs of the deployment’s endpoints.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn.*accuracy-drift-\*\]$/,
    path: /Monitoring/,
    reason: 'The alarms of champions: models come and go at run time.',
  },
  {
    rule: /^AwsSolutions-L1$/,
    path: /./,
    reason:
      'Node 22 is a maintained release, on which the native library of ONNX Runtime is tested; the newest runtime follows when it is too.',
  },
  {
    rule: /^AwsSolutions-SQS3$/,
    path: /DeadLetters/,
    reason: 'It is a dead-letter queue, of a stream or a rule, which the check does not see.',
  },
  {
    rule: /^AwsSolutions-APIG4$/,
    path: /GET--v2--health/,
    reason:
      'Health answers without a token, so that load balancers and monitors can ask; it says nothing about any model.',
  },
  {
    rule: /^AwsSolutions-APIG4$/,
    path: /GET--openapi\.json/,
    reason:
      'The OpenAPI document is the same for every deployment: it says what may be asked, and nothing of what is in it.',
  },
];
