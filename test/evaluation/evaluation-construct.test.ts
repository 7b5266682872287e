import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Evaluation } from '../../lib/evaluation/evaluation';
import { ModelOpsState } from '../../lib/model-ops-state';
import { OnnxRuntimeLayer } from '../../lib/scoring/onnx-runtime-layer';
import { testApp } from '../lib/test-app';

const synth = (config: object = {}) => {
  const app = testApp();
  const stack = new Stack(app, 'Test');
  const state = new ModelOpsState(stack, 'State', { config });
  const layer = new OnnxRuntimeLayer(stack, 'OnnxRuntime', { config: state.config });
  const evaluation = new Evaluation(stack, 'Evaluation', { state, layer });
  const assembly = app.synth();
  return { stack, evaluation, template: Template.fromStack(stack), assembly };
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of all policies of the role whose logical id begins so. */
const statementsOf = (template: Template, role: string): Statement[] =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

const { template: plain, assembly } = synth({ evaluation: { memoryMb: 2048, timeoutSeconds: 100 } });

test('the role of code that runs uploaded models may write its own log, and nothing else', () => {
  expect(statementsOf(plain, 'EvaluationSandboxRole')).toEqual([
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^EvaluationSandboxLogs/), 'Arn'] },
    },
  ]);
  const roles = Object.entries(plain.findResources('AWS::IAM::Role'));
  const role = roles.find(([id]) => id.startsWith('EvaluationSandboxRole'))?.[1];
  expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
});

test('the sandbox gets memory, its version’s time and a margin, the runtime, and its child beside it', () => {
  plain.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 2048,
    Timeout: 115,
    Layers: [Match.anyValue()],
    TracingConfig: Match.absent(),
    VpcConfig: Match.absent(),
    Environment: {
      Variables: {
        MEMORY_MB: '2048',
        SCORER_MEMORY_MB: '1769',
        CANDIDATE_TIMEOUT_SECONDS: '100',
        MAX_FILE_BYTES: '262144000',
      },
    },
  });
  const bundles = readdirSync(assembly.directory).map((name) => join(assembly.directory, name));
  const bundle = bundles.find((folder) => existsSync(join(folder, 'run-model.child.js')));
  expect(bundle && existsSync(join(bundle, 'index.js'))).toBe(true);
});

test('evaluation waits longer than the sandbox may take, and never longer than Lambda admits', () => {
  plain.hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 130,
    Environment: { Variables: Match.objectLike({ SANDBOX_TIMEOUT_SECONDS: '115' }) },
  });
  const { template } = synth({ evaluation: { timeoutSeconds: 870 } });
  template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 900 });
});

test('evaluation reads artifacts, writes reports alone, and invokes the sandbox alone', () => {
  const statements = statementsOf(plain, 'EvaluationEvaluateServiceRole');
  const allowed = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
  const keys = (action: string) => JSON.stringify(allowed(action).map(({ Resource }) => Resource));
  expect(keys('s3:PutObject')).toContain('/evaluations/*');
  expect(keys('s3:PutObject')).not.toContain('/models/*');
  expect(keys('s3:GetObject')).toContain('/models/*');
  expect(keys('lambda:InvokeFunction')).toContain('EvaluationSandbox');
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('s3:'));
  expect(actions.sort()).toEqual(['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
  expect(allowed('s3:ListBucket')).toMatchObject([{ Condition: { StringLike: { 's3:prefix': 'evaluations/*' } } }]);
});

describe('with SageMaker', () => {
  const config = {
    deployment: 'risk',
    sagemaker: { enabled: true, evaluationRows: 2000 },
    evaluation: { timeoutSeconds: 100 },
  };
  const { template } = synth(config);

  test('what may call endpoints of the deployment may do nothing else, and runs no graphs', () => {
    const allowed = statementsOf(template, 'EvaluationHostedServiceRole').flatMap(({ Action }) => Action);
    expect(allowed.sort()).toEqual(['sagemaker:InvokeEndpoint', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
    const calls = statementsOf(template, 'EvaluationHosted').find(
      ({ Action }) => Action === 'sagemaker:InvokeEndpoint',
    );
    expect(calls).toMatchObject({
      Condition: { StringEquals: { 'aws:ResourceTag/contender:deployment': 'risk' } },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Runs candidates at SageMaker endpoints',
      Layers: Match.absent(),
      Timeout: 115,
    });
  });

  test('what runs graphs may still do nothing but log', () => {
    const allowed = statementsOf(template, 'EvaluationSandboxRole').flatMap(({ Action }) => Action);
    expect(allowed).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  test('evaluation invokes both, waits for one after the other, and calls no endpoint itself', () => {
    const statements = statementsOf(template, 'EvaluationEvaluateServiceRole');
    const invoked = statements.filter(({ Action }) => Action === 'lambda:InvokeFunction');
    for (const name of ['EvaluationSandbox', 'EvaluationHosted'])
      expect(JSON.stringify(invoked.map(({ Resource }) => Resource))).toContain(name);
    expect(statements.flatMap(({ Action }) => Action)).not.toContain('sagemaker:InvokeEndpoint');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 245,
      Environment: { Variables: Match.objectLike({ HOSTED_ROWS: '2000', HOSTED_FUNCTION: Match.anyValue() }) },
    });
    const longest = synth({ ...config, evaluation: { timeoutSeconds: 870 } }).template;
    longest.hasResourceProperties('AWS::Lambda::Function', { Timeout: 900, MemorySize: 512 });
  });

  test('without it there is no such function, and nothing that could call', () => {
    expect(JSON.stringify(plain.toJSON())).not.toContain('sagemaker:');
    plain.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ HOSTED_FUNCTION: '' }) },
    });
  });
});

describe('in an isolated network', () => {
  const { template } = synth({ evaluation: { isolatedNetwork: true } });

  test('there is a way to S3 and no other', () => {
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::InternetGateway']) template.resourceCountIs(type, 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 })],
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: [Match.anyValue(), Match.anyValue()], SecurityGroupIds: [Match.anyValue()] },
    });
  });

  test('Lambda may attach the function, the function’s own code may not', () => {
    const statements = statementsOf(template, 'EvaluationSandboxRole');
    const attachment = statements.filter(({ Action }) => [Action].flat().includes('ec2:CreateNetworkInterface'));
    expect(attachment).toEqual([
      expect.objectContaining({ Effect: 'Allow' }),
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } },
      }),
    ]);
  });
});
