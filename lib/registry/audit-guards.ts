import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';

const nobody = { effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()] };

/** Denies to everybody but those whose ARN is like one of these; to all without any. */
const allBut = (arns: readonly string[]): Partial<iam.PolicyStatementProps> =>
  arns.length === 0 ? {} : { conditions: { ArnNotLike: { 'aws:PrincipalArn': [...arns] } } };

/** ARNs of a role: a session goes by its role's ARN or by its own, which differs between implementations of IAM. */
export const arnsOfRole = (
  role: string,
  { account, partition }: { readonly account: string; readonly partition: string },
): string[] => [
  `arn:${partition}:iam::${account}:role/${role}`,
  `arn:${partition}:sts::${account}:assumed-role/${role}/*`,
];

const VAULT_SETTINGS = [
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:PutLifecycleConfiguration',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketVersioning',
  's3:PutReplicationConfiguration',
  's3:PutBucketOwnershipControls',
  's3:DeleteBucket',
];

export interface VaultGuards {
  /** The one that copies. */
  readonly writers: readonly string[];
  /** @default whoever has the right by IAM changes the bucket's settings */
  readonly administrators?: readonly string[] | undefined;
}

/** Whatever rights an identity has: the vault is written by the copier alone, and nothing in it is deleted or unlocked by anybody. */
export const guardVault = (vault: s3.Bucket, { writers, administrators }: VaultGuards): void => {
  const objects = [vault.arnForObjects('*')];
  vault.addToResourcePolicy(
    new iam.PolicyStatement({
      ...nobody,
      sid: 'OnlyTheCopierWrites',
      actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging', 's3:RestoreObject'],
      resources: objects,
      ...allBut(writers),
    }),
  );
  vault.addToResourcePolicy(
    new iam.PolicyStatement({
      ...nobody,
      sid: 'NobodyDeletesOrUnlocks',
      actions: [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:DeleteObjectTagging',
        's3:DeleteObjectVersionTagging',
        's3:BypassGovernanceRetention',
        's3:PutObjectRetention',
        's3:PutObjectLegalHold',
        // A replica has the dates of its original.
        's3:ReplicateObject',
        's3:ReplicateDelete',
        's3:ReplicateTags',
      ],
      resources: objects,
    }),
  );
  if (administrators === undefined) return;
  vault.addToResourcePolicy(
    new iam.PolicyStatement({
      ...nobody,
      sid: 'OnlyAdministratorsSetUp',
      actions: VAULT_SETTINGS,
      resources: [vault.bucketArn],
      ...allBut(administrators),
    }),
  );
};

/**
 * The audit table only ever grows: nobody may change or delete an event (in a transaction neither: its writes are held to the same actions), slip one
 * past the ledger in a batch, or let events expire.
 */
export const appendOnly = (administrators: readonly string[] | undefined): iam.PolicyDocument => {
  const table = { ...nobody, resources: ['*'] };
  const changes = new iam.PolicyStatement({
    ...table,
    actions: [
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:PartiQLUpdate',
      'dynamodb:PartiQLDelete',
      'dynamodb:PartiQLInsert',
      'dynamodb:UpdateTimeToLive',
    ],
  });
  if (administrators === undefined) return new iam.PolicyDocument({ statements: [changes] });
  const settings = new iam.PolicyStatement({
    ...table,
    // UpdateTable switches the stream and the deletion protection.
    actions: [
      'dynamodb:UpdateTable',
      'dynamodb:DeleteTable',
      'dynamodb:UpdateContinuousBackups',
      'dynamodb:PutResourcePolicy',
      'dynamodb:DeleteResourcePolicy',
    ],
    ...allBut(administrators),
  });
  return new iam.PolicyDocument({ statements: [changes, settings] });
};
