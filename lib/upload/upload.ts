import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  ARTIFACTS_PREFIX,
  MODELS_PREFIX,
  registerUploadEnvSchema,
  uploadApiEnvSchema,
} from '../../lambdas/upload/contract';
import { UPLOAD_API } from '../../lambdas/upload/schemas/api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';

export interface UploadProps {
  readonly state: ModelOpsState;
}

const REGISTER_TIMEOUT = Duration.minutes(2);
const SWEEP_EVERY = Duration.minutes(5);

/** From an object in the inbox to a registered version: S3 → EventBridge → SQS → register-upload. */
export class Upload extends Construct {
  readonly register: ContenderFunction<typeof registerUploadEnvSchema>;
  /** Sweeps what waits in vain. */
  readonly expire: ContenderFunction<typeof registerUploadEnvSchema>;
  readonly api: ContenderFunction<typeof uploadApiEnvSchema>;
  readonly deadLetterQueues: readonly sqs.Queue[];
  /** Lets its holder put models into the inbox, and nothing else. */
  readonly uploaderPolicy: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, props: UploadProps) {
    super(scope, id);
    const { state } = props;
    const { config } = state;
    const shared = {
      REGISTRY_TABLE: state.registryTable.tableName,
      AUDIT_TABLE: state.auditTable.tableName,
      UPLOAD_BUCKET: state.uploads.bucketName,
      MAX_FILE_BYTES: String(config.upload.maxFileBytes),
    };
    const registration = {
      config,
      envSchema: registerUploadEnvSchema,
      env: {
        ...shared,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        INCOMPLETE_AFTER: config.upload.incompleteAfter,
        NEW_MODELS: config.newModels,
        DEFAULT_POLICY: JSON.stringify(config.policy),
        DEPLOYMENT: config.deployment,
        SAGEMAKER: config.sagemaker.enabled ? 'on' : 'off',
      },
      // An upload is held in memory while it is unpacked, hashed and copied.
      memorySize: 2048,
      timeout: REGISTER_TIMEOUT,
    };
    this.register = new ContenderFunction(this, 'Register', {
      ...registration,
      entry: 'upload/register-upload',
      description: 'Registers uploads as model versions',
    });
    state.uploads.grantRead(this.register, `${ARTIFACTS_PREFIX}*`);
    // To make a version of one model one of another.
    this.register.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [state.artifacts.arnForObjects(`${MODELS_PREFIX}*`)],
      }),
    );
    this.expire = new ContenderFunction(this, 'Expire', {
      ...registration,
      entry: 'upload/expire-uploads',
      description: 'Rejects uploads that stay incomplete',
    });
    for (const registers of [this.register, this.expire]) {
      const role = registers.role?.node.defaultChild as iam.CfnRole;
      role.roleName = state.registrarRoleName(registers.node.id.toLowerCase());
      state.uploads.grantRead(registers, 'inbox/*');
      state.artifacts.grantPut(registers, `${MODELS_PREFIX}*`);
      state.grantRegister(registers);
    }

    this.api = new ContenderFunction(this, 'SlotApi', {
      config,
      entry: 'upload/upload-api',
      description: 'Opens upload slots for known uploaders',
      envSchema: uploadApiEnvSchema,
      env: shared,
    });
    state.uploads.grantPut(this.api, 'inbox/*');
    state.grantRegistryRead(this.api);
    state.grantSlots(this.api);

    this.deadLetterQueues = [this.listen(state)];
    this.uploaderPolicy = new iam.ManagedPolicy(this, 'Uploaders', {
      description: 'Upload models to Contender',
      statements: [
        new iam.PolicyStatement({
          actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
          resources: [state.uploads.arnForObjects('inbox/*')],
        }),
      ],
    });
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(UPLOAD_API, this.api);
  }

  private listen(state: ModelOpsState): sqs.Queue {
    const queueDefaults = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: state.config.enforceTls };
    const deadLetters = deadLetterQueue(this, state.config);
    const queue = new sqs.Queue(this, 'Queue', {
      ...queueDefaults,
      visibilityTimeout: Duration.seconds(REGISTER_TIMEOUT.toSeconds() * 6),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 4 },
    });
    new events.Rule(this, 'Created', {
      description: 'Objects that arrive in the inbox',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [state.uploads.bucketName] }, object: { key: [{ prefix: 'inbox/' }] } },
      },
      targets: [new targets.SqsQueue(queue)],
    });
    new events.Rule(this, 'Deadlines', {
      description: 'Uploads that stay incomplete are rejected',
      schedule: events.Schedule.rate(SWEEP_EVERY),
      // The next sweep does what one could not.
      targets: [new targets.LambdaFunction(this.expire, { retryAttempts: 0 })],
    });
    this.register.addEventSource(new SqsEventSource(queue, { batchSize: 5, reportBatchItemFailures: true }));
    return deadLetters;
  }
}
