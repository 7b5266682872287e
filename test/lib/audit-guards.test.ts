import type { Template } from 'aws-cdk-lib/assertions';
import { templates } from './app';

const { state, platform } = templates();

interface Denial {
  readonly Effect: string;
  readonly Principal: object;
  readonly Action: string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const tablePolicies = (template: Template): Denial[] =>
  Object.values(template.findResources('AWS::DynamoDB::GlobalTable')).flatMap(
    ({ Properties }) => Properties.Replicas[0].ResourcePolicy?.PolicyDocument.Statement ?? [],
  );

test('the audit table denies to everybody what would change an event on record, or have it expire', () => {
  expect(tablePolicies(state)).toEqual([
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: [
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'dynamodb:BatchWriteItem',
        'dynamodb:PartiQLUpdate',
        'dynamodb:PartiQLDelete',
        'dynamodb:PartiQLInsert',
        'dynamodb:UpdateTimeToLive',
      ],
      Resource: '*',
    },
  ]);
});

const ADMINISTRATORS = ['arn:aws:iam::123456789012:role/cdk-*-cfn-exec-role-*'];

test('with administrators named, nobody else changes how the audit table is set up', () => {
  const { state: guarded } = templates({ audit: { administrators: ADMINISTRATORS } });
  expect(tablePolicies(guarded)[1]).toEqual({
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: [
      'dynamodb:UpdateTable',
      'dynamodb:DeleteTable',
      'dynamodb:UpdateContinuousBackups',
      'dynamodb:PutResourcePolicy',
      'dynamodb:DeleteResourcePolicy',
    ],
    Resource: '*',
    Condition: { ArnNotLike: { 'aws:PrincipalArn': ADMINISTRATORS } },
  });
});

const vaultPolicy = (template: Template) => {
  const policies = Object.entries(template.findResources('AWS::S3::BucketPolicy'));
  const [, policy = {}] = policies.find(([id]) => id.includes('AuditVault')) ?? [];
  const statements: (Denial & { Sid?: string })[] = policy.Properties.PolicyDocument.Statement;
  return { ...policy, statements };
};

test('the vault is written by the copier alone, deleted and unlocked by nobody, and its policy outlives its stack', () => {
  const policy = vaultPolicy(state);
  const { statements } = policy;
  const everything = { 'Fn::Join': ['', [expect.objectContaining({ 'Fn::GetAtt': expect.anything() }), '/*']] };
  const writes = statements.find(({ Sid }) => Sid === 'OnlyTheCopierWrites');
  expect(writes).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: everything });
  expect(writes?.Action).toContain('s3:PutObject');
  const { Properties: copier } = Object.values(platform.findResources('AWS::IAM::Role')).find(({ Properties }) =>
    JSON.stringify(Properties.RoleName ?? '').includes('contender-vault-'),
  ) as { Properties: { RoleName: { 'Fn::Join': [string, unknown[]] } } };
  // The role that the function has is the one that the policy admits.
  for (const part of copier.RoleName['Fn::Join'][1])
    expect(JSON.stringify(writes?.Condition)).toContain(JSON.stringify(part).slice(1, -1));
  const deletes = statements.find(({ Sid }) => Sid === 'NobodyDeletesOrUnlocks');
  expect(deletes).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: everything });
  expect(deletes).not.toHaveProperty('Condition');
  expect(deletes?.Action).toEqual(
    expect.arrayContaining([
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:BypassGovernanceRetention',
      's3:PutObjectRetention',
      's3:ReplicateObject',
    ]),
  );
  expect(policy).toHaveProperty('DeletionPolicy', 'Retain');
});

test('with administrators named, nobody else changes how the vault is set up', () => {
  const named = (template: Template) =>
    vaultPolicy(template).statements.find(({ Sid }) => Sid === 'OnlyAdministratorsSetUp');
  expect(named(state)).toBeUndefined();
  expect(named(templates({ audit: { administrators: ADMINISTRATORS } }).state)).toMatchObject({
    Effect: 'Deny',
    Action: expect.arrayContaining([
      's3:PutBucketPolicy',
      's3:DeleteBucketPolicy',
      's3:PutLifecycleConfiguration',
      's3:PutBucketObjectLockConfiguration',
    ]),
    Condition: { ArnNotLike: { 'aws:PrincipalArn': ADMINISTRATORS } },
  });
});
