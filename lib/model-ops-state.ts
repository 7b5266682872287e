import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { REQUESTS_PREFIX } from '../lambdas/scoring/contract';
import { type ContenderConfig, type ContenderConfigInput, parseConfig } from './config';

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
    this.artifacts = this.bucket('Artifacts', []);
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
      resourcePolicy: appendOnly(),
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

  private bucket(id: string, lifecycleRules: s3.LifecycleRule[]): s3.Bucket {
    return new s3.Bucket(this, id, {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: this.config.enforceTls,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: this.removalPolicy,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }, ...lifecycleRules],
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

/** The audit table only ever grows: nobody may change or delete an event, or slip one past the ledger in a batch. */
const appendOnly = (): iam.PolicyDocument =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: [
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLUpdate',
          'dynamodb:PartiQLDelete',
          'dynamodb:PartiQLInsert',
        ],
        resources: ['*'],
      }),
    ],
  });
