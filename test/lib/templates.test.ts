import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ModelOps } from '../../lib/index';
import { templates } from './app';
import { testApp } from './test-app';

const { state, platform } = templates();

test('the buckets are versioned, encrypted, closed to the public, and refuse what is not sent over TLS', () => {
  const buckets = Object.values(state.findResources('AWS::S3::Bucket'));
  expect(buckets).toHaveLength(3);
  for (const { Properties } of buckets) {
    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(Properties.BucketEncryption).toBeDefined();
    expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
  }
  const policies = Object.values(state.findResources('AWS::S3::BucketPolicy'));
  expect(policies).toHaveLength(3);
  for (const { Properties } of policies) {
    expect(JSON.stringify(Properties.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
  }
});

test('uploads expire, artifacts never', () => {
  const rules = Object.values(state.findResources('AWS::S3::Bucket')).map(({ Properties }) =>
    JSON.stringify(Properties.LifecycleConfiguration),
  );
  expect(rules.filter((rule) => rule.includes('ExpirationInDays":30'))).toHaveLength(1);
});

test('tables can be restored and not be deleted by accident; the audit and evidence tables have streams', () => {
  const tables = Object.values(state.findResources('AWS::DynamoDB::GlobalTable'));
  expect(tables).toHaveLength(3);
  for (const { Properties } of tables) {
    expect(Properties.Replicas[0]).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  }
  expect(tables.filter(({ Properties }) => Properties.StreamSpecification)).toHaveLength(2);
});

test('no function may update or delete what is in the audit table', () => {
  for (const { Properties } of Object.values(platform.findResources('AWS::IAM::Policy'))) {
    for (const statement of Properties.PolicyDocument.Statement as Array<{
      Action: string | string[];
      Resource: unknown;
    }>) {
      if (
        !JSON.stringify(statement.Resource).includes('StateAudit') ||
        JSON.stringify(statement.Resource).includes('StateAuditVault')
      )
        continue;
      for (const action of [statement.Action].flat())
        expect([
          'dynamodb:PutItem',
          'dynamodb:Query',
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ]).toContain(action);
    }
  }
});

test('no function may read a whole table, or DynamoDB by PartiQL', () => {
  const policies = Object.values(platform.findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as Array<{ Effect: string; Action: string | string[] }>,
  );
  const granted = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
  expect(granted).toContain('dynamodb:Query');
  expect(granted.filter((action) => /^(\*|dynamodb:(\*|Scan|PartiQL.*))$/.test(action))).toEqual([]);
});

test('copies of audit events are locked for ten years, or as the config says, and so are versions if it says so', () => {
  const retentionOf = (template: Template) =>
    Object.values(template.findResources('AWS::S3::Bucket')).flatMap(
      ({ Properties }) => Properties.ObjectLockConfiguration?.Rule.DefaultRetention ?? [],
    );
  expect(retentionOf(state)).toEqual([{ Mode: 'GOVERNANCE', Days: 3650 }]);
  const strict = templates({ audit: { lock: { mode: 'COMPLIANCE', days: 30 } } }).state;
  expect(retentionOf(strict)).toEqual([{ Mode: 'COMPLIANCE', Days: 30 }]);
  const both = templates({ artifacts: { lock: { days: 365 } } }).state;
  expect(retentionOf(both)).toContainEqual({ Mode: 'GOVERNANCE', Days: 365 });
});

test('versions are written by registration alone, and deleted by nobody', () => {
  const models = { 'Fn::Join': ['', [Match.anyValue(), '/models/*']] };
  state.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'OnlyRegistrationWrites',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: Match.arrayWith(['s3:PutObject']),
          Resource: models,
          Condition: { ArnNotLike: { 'aws:PrincipalArn': Match.anyValue() } },
        }),
        Match.objectLike({
          Sid: 'NobodyDeletes',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: Match.arrayWith(['s3:DeleteObject', 's3:DeleteObjectVersion']),
          Resource: models,
        }),
      ]),
    },
  });
  const writers = Object.values(platform.findResources('AWS::IAM::Role')).filter(
    ({ Properties }) => Properties.RoleName,
  );
  expect(JSON.stringify(writers.map(({ Properties }) => Properties.RoleName))).toMatch(/-register"/);
  // They, and the copier of audit events, whose name is of another kind.
  expect(writers).toHaveLength(3);
});

test('every queue is encrypted and has a dead-letter queue, or is one, and every dead-letter queue an alarm', () => {
  const queues = Object.entries(platform.findResources('AWS::SQS::Queue'));
  const deadLetters = queues.filter(([id]) => id.includes('DeadLetters'));
  for (const [id, { Properties }] of queues) {
    expect(Properties.SqsManagedSseEnabled).toBe(true);
    if (!id.includes('DeadLetters')) expect(Properties.RedrivePolicy).toBeDefined();
  }
  const watched = Object.values(platform.findResources('AWS::CloudWatch::Alarm')).filter(
    ({ Properties }) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible',
  );
  expect(watched).toHaveLength(deadLetters.length);
});

test('every alarm acts on the topic and names its entry in the runbook, which is there', () => {
  const runbook = readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8');
  const anchors = new Set(
    [...runbook.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')),
  );
  const alarms = Object.values(platform.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms.length).toBeGreaterThan(10);
  for (const { Properties } of alarms) {
    expect(Properties.AlarmActions).toHaveLength(1);
    expect(Properties.AlarmDescription).toMatch(/Severity: (high|medium)/);
    const anchor = /docs\/runbook\.md#([\w-]+)/.exec(Properties.AlarmDescription)?.[1];
    expect(anchors).toContain(anchor);
  }
  expect(anchors).toContain('accuracy-drift');
});

test('the sandbox in which candidates run may log and trace, and nothing else', () => {
  const policies = Object.entries(platform.findResources('AWS::IAM::Policy')).filter(([id]) =>
    /EvaluationSandbox|EvaluationRun/.test(id),
  );
  const actions = policies.flatMap(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.flatMap((statement: { Action: string | string[] }) => statement.Action),
  );
  expect(actions.filter((action: string) => !/^(xray|logs):/.test(action))).toEqual([]);
});

test('every route but health and the description of the API asks for a token', () => {
  const routes = Object.values(platform.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
  const open = routes
    .filter((route) => route.AuthorizationType !== 'JWT')
    .map((route) => route.RouteKey)
    .sort();
  expect(open).toEqual(['GET /openapi.json', 'GET /v2/health/live', 'GET /v2/health/ready']);
});

test('another app can embed it with one construct, which makes its own state', () => {
  const stack = new Stack(testApp(), 'embedding');
  new ModelOps(stack, 'ModelOps', { config: { deployment: 'embedded' } });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 3);
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', { StateMachineName: 'embedded-rollout' });
});
