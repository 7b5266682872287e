import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { COPIES_PREFIX } from '../lambdas/registry/contract';
import { REQUESTS_PREFIX } from '../lambdas/scoring/contract';
import { MODELS_PREFIX } from '../lambdas/upload/contract';
import { type ContenderConfig, type ContenderConfigInput, type LockConfig, parseConfig } from './config';
import { appendOnly, arnsOfRole, guardVault } from './registry/audit-guards';

export interface ModelOpsStateProps {
  /** @default every default of the config */
  readonly config?: ContenderConfigInput;
}

/** What outlives a deployment: uploads, artifacts, registry, audit, evidence and the keys of prediction ids. */
export class ModelOpsState extends Construct {
  readonly config: ContenderConfig;
  /** Where people put models: `inbox/<model>/…`. */
  readonly uploads: s3.Bucket;
  /** The registry's own copies; only the registry writes here. */
  readonly artifacts: s3.Bucket;
  /** Copies of audit events, under Object Lock. */
  readonly auditVault: s3.Bucket;
  readonly registryTable: dynamodb.TableV2;
  readonly auditTable: dynamodb.TableV2;
  readonly evidenceTable: dynamodb.TableV2;
  readonly predictionKeys: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: ModelOpsStateProps = {}) {
    super(scope, id);
    this.config = parseConfig(props.config, `construct ${this.node.path}`);
    this.uploads = this.bucket('Uploads', [
      { expiration: Duration.days(this.config.upload.expireAfterDays), noncurrentVersionExpiration: Duration.days(1) },
      // Inputs of predictions are read once, minutes after they were left.
      { prefix: REQUESTS_PREFIX, expiration: Duration.days(1), noncurrentVersionExpiration: Duration.days(1) },
    ]);
    // EventBridge is switched on by the bucket's own property: no custom resource is needed for it.
    (this.uploads.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    this.artifacts = this.bucket('Artifacts', [], lockOf(this.config.artifacts.lock));
    this.lockModels();
    this.auditVault = this.bucket('AuditVault', [], lockOf(this.config.audit.lock));
    const { administrators } = this.config.audit;
    guardVault(this.auditVault, { writers: arnsOfRole(this.copierRoleName, Stack.of(this)), administrators });
    // A bucket that outlives its stack keeps its policy.
    for (const kept of [this.artifacts, this.auditVault]) kept.policy?.applyRemovalPolicy(this.removalPolicy);
    this.registryTable = this.table('Registry', {
      // Upload slots alone carry it.
      timeToLiveAttribute: 'ttl',
      globalSecondaryIndexes: [
        {
          indexName: 'lists',
          partitionKey: { name: 'listPk', type: dynamodb.AttributeType.STRING },
          sortKey: { name: 'listSk', type: dynamodb.AttributeType.STRING },
        },
      ],
    });
    this.auditTable = this.table('Audit', {
      dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
      resourcePolicy: appendOnly(administrators),
    });
    this.evidenceTable = this.table('Evidence', {
      dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
      timeToLiveAttribute: 'expiresAt',
    });
    this.predictionKeys = this.keyRing();
  }

  /** Reads of the registry and of its lists. */
  grantRegistryRead(grantee: iam.IGrantable): void {
    this.registryTable.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem');
    this.grantOnIndex(grantee);
  }

  /** Changes of the registry, each with its audit event: the ledger puts new events and reads the last. */
  grantRegister(grantee: iam.IGrantable): void {
    this.grantRegistryRead(grantee);
    this.registryTable.grant(
      grantee,
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    );
    this.auditTable.grant(grantee, 'dynamodb:PutItem', 'dynamodb:Query');
  }

  /** Reads of copies with all their versions, and of what lies there. */
  grantVaultRead(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resourceArns: [this.auditVault.arnForObjects(`${COPIES_PREFIX}*`)],
    });
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucketVersions'],
      resourceArns: [this.auditVault.bucketArn],
      conditions: { StringLike: { 's3:prefix': [`${COPIES_PREFIX}*`] } },
    });
  }

  /** Upload slots, which live beside the registry's records under keys of their own. */
  grantSlots(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:PutItem'],
      resourceArns: [this.registryTable.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SLOT#*'] } },
    });
  }

  /** ARN of the keys. The attribute, and not Ref: what Ref gives differs between implementations of CloudFormation. */
  get predictionKeysArn(): string {
    return (this.predictionKeys.node.defaultChild as secretsmanager.CfnSecret).attrId;
  }

  grantPredictionKeys(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.predictionKeysArn],
    });
  }

  private grantOnIndex(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${this.registryTable.tableArn}/index/lists`],
    });
  }

  private get removalPolicy(): RemovalPolicy {
    return this.config.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  }

  /** Name of the role that a function has which registers uploads: the bucket knows its writers by it, wherever they are deployed. */
  registrarRoleName(what: string): string {
    return `contender-${this.config.deployment}-${Stack.of(this).region}-${what}`;
  }

  /** Name of the role that the function has which copies audit events; no name of a registrar begins like it. */
  get copierRoleName(): string {
    return `contender-vault-${this.config.deployment}-${Stack.of(this).region}`;
  }

  /** Whatever rights an identity has: versions are written by registration alone, and deleted by nobody. */
  private lockModels(): void {
    const objects = [this.artifacts.arnForObjects(`${MODELS_PREFIX}*`)];
    const deny = { effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], resources: objects };
    const writers = arnsOfRole(this.registrarRoleName('*'), Stack.of(this));
    this.artifacts.addToResourcePolicy(
      new iam.PolicyStatement({
        ...deny,
        sid: 'OnlyRegistrationWrites',
        actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging', 's3:RestoreObject'],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': writers } },
      }),
    );
    this.artifacts.addToResourcePolicy(
      new iam.PolicyStatement({
        ...deny,
        sid: 'NobodyDeletes',
        actions: [
          's3:DeleteObject',
          's3:DeleteObjectVersion',
          's3:DeleteObjectTagging',
          's3:DeleteObjectVersionTagging',
        ],
      }),
    );
  }

  private bucket(id: string, lifecycleRules: s3.LifecycleRule[], props: Partial<s3.BucketProps> = {}): s3.Bucket {
    return new s3.Bucket(this, id, {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: this.config.enforceTls,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: this.removalPolicy,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }, ...lifecycleRules],
      ...props,
    });
  }

  private table(id: string, props: Partial<dynamodb.TablePropsV2>): dynamodb.TableV2 {
    return new dynamodb.TableV2(this, id, {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: this.config.deletionProtection,
      removalPolicy: this.removalPolicy,
      ...props,
    });
  }

  /** The first key is made by Secrets Manager at deploy time and never seen by the template. */
  private keyRing(): secretsmanager.Secret {
    return new secretsmanager.Secret(this, 'PredictionKeys', {
      description: 'Keys that encrypt and authenticate prediction ids',
      removalPolicy: this.removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ current: 'k1' }),
        generateStringKey: 'k1',
        passwordLength: 64,
        // Letters and digits only, said so that every implementation of the generator understands it.
        excludeCharacters: ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
      },
    });
  }
}

const lockOf = (lock: LockConfig | undefined): Partial<s3.BucketProps> => {
  if (lock === undefined) return {};
  const duration = Duration.days(lock.days);
  const { governance, compliance } = s3.ObjectLockRetention;
  const objectLockDefaultRetention = lock.mode === 'COMPLIANCE' ? compliance(duration) : governance(duration);
  return { objectLockEnabled: true, objectLockDefaultRetention };
};
