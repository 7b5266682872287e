import { Match, type Template } from 'aws-cdk-lib/assertions';
import { templates } from '../lib/app';

const { platform: off } = templates();
const { platform: on } = templates({ deployment: 'risk', sagemaker: { enabled: true, startTimeoutMinutes: 20 } });

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

/** What the policies of the roles whose id matches allow, without what every function has. */
const statementsOf = (template: Template, id: RegExp): Statement[] =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([logicalId]) => id.test(logicalId))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
const actionsOf = (statements: readonly Statement[]): string[] => statements.flatMap(({ Action }) => Action);
const about = (statements: readonly Statement[], action: string): Statement | undefined =>
  statements.find(({ Action }) => [Action].flat().includes(action));

test('a deployment that does not ask for SageMaker has no right on it, no role for containers and nothing that sweeps', () => {
  expect(JSON.stringify(off.toJSON())).not.toMatch(/sagemaker:|iam:PassRole|sagemaker\.amazonaws\.com|ContainerRole/);
  off.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SAGEMAKER: 'off', DEPLOYMENT: 'contender' }) },
  });
});

test('one function alone may make and delete endpoints, named after the deployment, made with its tag', () => {
  const host = statementsOf(on, /RolloutHostingHost/);
  const others = statementsOf(on, /^(?!.*RolloutHostingHost)/);
  expect([...new Set(actionsOf(others))].filter((action) => action.startsWith('sagemaker:'))).toEqual([
    'sagemaker:InvokeEndpoint',
  ]);
  expect(actionsOf(others)).not.toContain('iam:PassRole');
  expect(about(host, 'sagemaker:CreateEndpoint')?.Condition).toEqual({
    StringEquals: { 'aws:RequestTag/contender:deployment': 'risk' },
  });
  for (const action of ['sagemaker:CreateModel', 'sagemaker:DeleteEndpoint', 'sagemaker:AddTags']) {
    const resources = JSON.stringify(about(host, action)?.Resource);
    expect(resources.match(/:[a-z-]+\/risk-\*/g)).toEqual([
      ':model/risk-*',
      ':endpoint-config/risk-*',
      ':endpoint/risk-*',
    ]);
  }
  expect(about(host, 'sagemaker:ListModels')).toMatchObject({ Action: 'sagemaker:ListModels', Resource: '*' });
});

test('it may hand on the containers’ role, to SageMaker, and no other', () => {
  const pass = about(statementsOf(on, /RolloutHostingHost/), 'iam:PassRole');
  expect(pass).toMatchObject({
    Action: 'iam:PassRole',
    Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  });
  expect(JSON.stringify(pass?.Resource)).toMatch(
    /^\{"Fn::GetAtt":\["ModelOpsRolloutHostingContainerRole\w+","Arn"\]\}$/,
  );
});

test('containers may read archives and images, and log, and nothing else', () => {
  const container = statementsOf(on, /HostingContainerRole/);
  expect(actionsOf(container).sort()).toEqual([
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
    'ecr:GetDownloadUrlForLayer',
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
    's3:GetObject',
  ]);
  expect(JSON.stringify(about(container, 's3:GetObject')?.Resource)).toContain('/models/*.tar.gz');
});

test('images may be limited to repositories', () => {
  const repository = 'arn:aws:ecr:eu-west-1:123456789012:repository/models';
  const { platform } = templates({ sagemaker: { enabled: true, repositories: [repository] } });
  expect(about(statementsOf(platform, /HostingContainerRole/), 'ecr:BatchGetImage')?.Resource).toBe(repository);
});

test('what is not needed any more is swept every quarter of an hour', () => {
  on.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(15 minutes)',
    Targets: [Match.objectLike({ Input: '{"action":"sweep"}' })],
  });
  on.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ START_TIMEOUT: '20', KEEP_FORMER_CHAMPION: '24' }) },
  });
  on.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'contender-risk-function-errors-rollout-host' });
});
