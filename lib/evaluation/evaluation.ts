import { Duration, Size } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  BACKGROUND_PREFIX,
  evaluateVersionEnvSchema,
  REPORT_PREFIX,
  runCandidateEnvSchema,
  runHostedCandidateEnvSchema,
} from '../../lambdas/evaluation/contract';
import type { ContenderConfig } from '../config';
import { ContenderFunction } from '../contender-function';
import { endpointCalls } from '../endpoint-calls';
import type { ModelOpsState } from '../model-ops-state';
import { SandboxNetwork } from './sandbox-network';

/** Seconds that the sandbox has beside a candidate's own: downloads, and putting the answer together. */
const SANDBOX_MARGIN = 15;
/** Files that lie in the sandbox at once: the candidate's graph, the champion's, evaluation data and golden rows. */
const SANDBOX_FILES = 4;
/** MB of temporary storage that every function has, and the most that one can have. */
const STORAGE_MB = { least: 512, most: 10_240 };

const storageFor = (maxFileBytes: number): Size => {
  const needed = Math.ceil((SANDBOX_FILES * maxFileBytes) / 2 ** 20);
  return Size.mebibytes(Math.min(STORAGE_MB.most, Math.max(STORAGE_MB.least, needed)));
};

/** Seconds that evaluation has beside the sandbox's: reading, recording, a cold start. */
const EVALUATE_MARGIN = 15;
/** The longest that Lambda lets a function run, in seconds. */
const MAX_SECONDS = 900;
/** One vCPU's worth, as scoring has: it reads data and computes metrics, and runs no model. */
const HOSTED_MEMORY_MB = 1769;

export interface EvaluationProps {
  readonly state: ModelOpsState;
  /** ONNX Runtime. */
  readonly layer: lambda.ILayerVersion;
}

/** Judges registered versions: one function that records, and one without permissions in which candidates run. */
export class Evaluation extends Construct {
  /** {model, version} in, {status, model, version} out; throws what is worth trying again. */
  readonly evaluate: lambda.Function;
  /** Runs candidates. Its role may only log. */
  readonly sandbox: lambda.Function;
  /** Runs candidates at endpoints. It may call those of the deployment, and log; absent in a deployment without SageMaker. */
  readonly hosted: lambda.Function | undefined;
  readonly functions: readonly lambda.Function[];

  constructor(scope: Construct, id: string, { state, layer }: EvaluationProps) {
    super(scope, id);
    const { config } = state;
    const sandboxSeconds = config.evaluation.timeoutSeconds + SANDBOX_MARGIN;
    this.sandbox = this.candidateSandbox(config, layer, sandboxSeconds);
    this.hosted = config.sagemaker.enabled ? this.hostedCandidates(config, sandboxSeconds) : undefined;
    // A candidate and a champion that run in different places run one after the other.
    const turns = this.hosted === undefined ? 1 : 2;
    this.evaluate = new ContenderFunction(this, 'Evaluate', {
      config,
      entry: 'evaluation/evaluate-version',
      description: 'Evaluates a registered version and records the outcome',
      envSchema: evaluateVersionEnvSchema,
      env: {
        REGISTRY_TABLE: state.registryTable.tableName,
        AUDIT_TABLE: state.auditTable.tableName,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        DEFAULT_POLICY: JSON.stringify(config.policy),
        SANDBOX_FUNCTION: this.sandbox.functionName,
        HOSTED_FUNCTION: this.hosted?.functionName ?? '',
        SANDBOX_TIMEOUT_SECONDS: String(sandboxSeconds),
        HOSTED_ROWS: String(config.sagemaker.evaluationRows),
      },
      memorySize: 512,
      timeout: Duration.seconds(Math.min(MAX_SECONDS, turns * sandboxSeconds + EVALUATE_MARGIN)),
    });
    this.grant(state);
    this.functions = [this.evaluate, this.sandbox, ...(this.hosted === undefined ? [] : [this.hosted])];
  }

  private grant(state: ModelOpsState): void {
    state.grantRegister(this.evaluate);
    this.sandbox.grantInvoke(this.evaluate);
    this.hosted?.grantInvoke(this.evaluate);
    const reports = state.artifacts.arnForObjects(`${REPORT_PREFIX}*`);
    const backgrounds = state.artifacts.arnForObjects(`${BACKGROUND_PREFIX}*`);
    this.evaluate.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [state.artifacts.arnForObjects('models/*'), reports],
      }),
    );
    this.evaluate.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [reports, backgrounds] }),
    );
    this.evaluate.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [state.artifacts.bucketArn],
        conditions: { StringLike: { 's3:prefix': `${REPORT_PREFIX}*` } },
      }),
    );
  }

  /** A function apart from the sandbox: what may call endpoints runs no graph, and what runs graphs may call nothing. */
  private hostedCandidates(config: ContenderConfig, seconds: number): lambda.Function {
    const hosted = new ContenderFunction(this, 'Hosted', {
      config,
      entry: 'evaluation/run-hosted-candidate',
      description: 'Runs candidates at SageMaker endpoints',
      envSchema: runHostedCandidateEnvSchema,
      env: {
        CANDIDATE_TIMEOUT_SECONDS: String(config.evaluation.timeoutSeconds),
        MAX_FILE_BYTES: String(config.upload.maxFileBytes),
      },
      memorySize: HOSTED_MEMORY_MB,
      timeout: Duration.seconds(seconds),
      overrides: { ephemeralStorageSize: storageFor(config.upload.maxFileBytes) },
    });
    hosted.addToRolePolicy(endpointCalls(this, config));
    return hosted;
  }

  private candidateSandbox(config: ContenderConfig, layer: lambda.ILayerVersion, seconds: number): lambda.Function {
    const { memoryMb, timeoutSeconds, isolatedNetwork } = config.evaluation;
    const role = new iam.Role(this, 'SandboxRole', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'Role of code that runs uploaded models: it may only log',
    });
    const network = isolatedNetwork ? new SandboxNetwork(this, 'Network') : undefined;
    network?.allowAttachment(role);
    const sandbox = new ContenderFunction(this, 'Sandbox', {
      config,
      entry: 'evaluation/run-candidate',
      children: ['evaluation/run-model.child'],
      description: 'Runs candidates, without permissions',
      envSchema: runCandidateEnvSchema,
      env: {
        MEMORY_MB: String(memoryMb),
        SCORER_MEMORY_MB: String(config.scoring.memoryMb),
        CANDIDATE_TIMEOUT_SECONDS: String(timeoutSeconds),
        MAX_FILE_BYTES: String(config.upload.maxFileBytes),
      },
      memorySize: memoryMb,
      timeout: Duration.seconds(seconds),
      layers: [layer],
      // Tracing would need a permission.
      overrides: {
        role,
        tracing: lambda.Tracing.DISABLED,
        ephemeralStorageSize: storageFor(config.upload.maxFileBytes),
        ...network?.placement,
      },
    });
    sandbox.logGroup.grantWrite(role);
    network?.denyCode(role, sandbox);
    return sandbox;
  }
}
