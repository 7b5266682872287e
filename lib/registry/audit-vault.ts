import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  AUDIT_COPIES_API,
  auditCopiesApiEnvSchema,
  COPIES_PREFIX,
  copyEventsEnvSchema,
  TAMPERED_PREFIX,
} from '../../lambdas/registry/contract';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { deadLetterQueue } from '../dead-letter-queue';
import type { ModelOpsState } from '../model-ops-state';
import { auditStream } from './audit-stream';

export interface AuditVaultProps {
  readonly state: ModelOpsState;
}

/** Copies audit events into a bucket where nobody can change them, and tells what is there. */
export class AuditVault extends Construct {
  /** The one identity that writes copies. */
  readonly copy: ContenderFunction<typeof copyEventsEnvSchema>;
  /** Reads copies; it has no right to write any. */
  readonly api: ContenderFunction<typeof auditCopiesApiEnvSchema>;
  readonly deadLetterQueues: readonly sqs.Queue[];

  constructor(scope: Construct, id: string, { state }: AuditVaultProps) {
    super(scope, id);
    const { config } = state;
    const deadLetters = deadLetterQueue(this, config);
    this.deadLetterQueues = [deadLetters];
    const env = {
      REGISTRY_TABLE: state.registryTable.tableName,
      AUDIT_TABLE: state.auditTable.tableName,
      AUDIT_VAULT: state.auditVault.bucketName,
    };
    this.copy = new ContenderFunction(this, 'Copy', {
      config,
      entry: 'registry/copy-events',
      description: 'Copies audit events to where they cannot be changed',
      envSchema: copyEventsEnvSchema,
      env: { ...env, DEAD_LETTERS: deadLetters.queueUrl },
      // An operator may have all events of a model copied at once.
      timeout: Duration.minutes(5),
    });
    (this.copy.role?.node.defaultChild as iam.CfnRole).roleName = state.copierRoleName;
    this.watch(state, deadLetters);
    this.api = new ContenderFunction(this, 'Api', {
      config,
      entry: 'registry/audit-copies-api',
      description: 'What lies in the vault',
      envSchema: auditCopiesApiEnvSchema,
      env,
    });
    state.grantRegistryRead(this.api);
    state.grantVaultRead(this.api);
  }

  private watch(state: ModelOpsState, deadLetters: sqs.Queue): void {
    state.auditTable.grant(this.copy, 'dynamodb:Query');
    state.grantVaultRead(this.copy);
    const written = [COPIES_PREFIX, TAMPERED_PREFIX].map((prefix) => state.auditVault.arnForObjects(`${prefix}*`));
    this.copy.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: written }));
    deadLetters.grantSendMessages(this.copy);
    this.copy.addEventSource(auditStream(state, deadLetters));
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(AUDIT_COPIES_API, this.api);
  }
}
