import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { inferEnvSchema, openInputEnvSchema, REQUESTS_PREFIX, SCORING_ROUTES } from '../../lambdas/scoring/contract';
import { INPUTS_API } from '../../lambdas/scoring/schemas/inputs-api';
import { type ApiRoute, routesOf } from '../api/api';
import { ContenderFunction } from '../contender-function';
import { endpointCalls } from '../endpoint-calls';
import type { ModelOpsState } from '../model-ops-state';

/** A challenger in canary answers within this, or the champion does. */
const CANARY_DEADLINE_MS = 2000;
/** Just above the gateway's own limit there is nobody left to answer. */
const TIMEOUT_SECONDS = 29;
export interface ScoringProps {
  readonly state: ModelOpsState;
  /** ONNX Runtime. */
  readonly layer: lambda.ILayerVersion;
}

/** The function that answers predictions, and the routes that it wants mounted. */
export class Scoring extends Construct {
  readonly function: lambda.Function;
  readonly routes: readonly ApiRoute[];

  constructor(scope: Construct, id: string, { state, layer }: ScoringProps) {
    super(scope, id);
    const { config } = state;
    const { memoryMb, shadowDeadlineMs } = config.scoring;
    this.function = new ContenderFunction(this, 'Infer', {
      entry: 'scoring/infer',
      children: ['scoring/score-shadow.child'],
      envSchema: inferEnvSchema,
      env: {
        DEPLOYMENT: config.deployment,
        REGISTRY_TABLE: state.registryTable.tableName,
        ARTIFACT_BUCKET: state.artifacts.bucketName,
        UPLOAD_BUCKET: state.uploads.bucketName,
        PREDICTION_KEYS_SECRET: state.predictionKeysArn,
        MEMORY_MB: String(memoryMb),
        SHADOW_DEADLINE_MS: String(shadowDeadlineMs),
        CANARY_DEADLINE_MS: String(CANARY_DEADLINE_MS),
      },
      config,
      description: 'Answers predictions: the Open Inference Protocol at /v2',
      memorySize: memoryMb,
      timeout: Duration.seconds(TIMEOUT_SECONDS),
      layers: [layer],
    });
    this.grant(state);
    const openInput = this.openInput(state);
    this.routes = [
      ...SCORING_ROUTES.map((route) => ({ ...route, function: this.function })),
      ...routesOf(INPUTS_API, openInput),
    ];
  }

  /** Lets callers leave inputs that are too large to send; a function of its own, since scoring writes nothing. */
  private openInput(state: ModelOpsState): lambda.Function {
    const open = new ContenderFunction(this, 'OpenInput', {
      entry: 'scoring/open-input',
      envSchema: openInputEnvSchema,
      env: { UPLOAD_BUCKET: state.uploads.bucketName },
      config: state.config,
      description: 'Opens places for inputs that are too large to send',
    });
    open.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:PutObject'],
        resources: [state.uploads.arnForObjects(`${REQUESTS_PREFIX}*`)],
      }),
    );
    return open;
  }

  /** Reads only: scoring changes nothing. */
  private grant(state: ModelOpsState): void {
    state.registryTable.grant(this.function, 'dynamodb:GetItem', 'dynamodb:Query');
    state.grantPredictionKeys(this.function);
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [state.artifacts.arnForObjects('models/*'), state.uploads.arnForObjects(`${REQUESTS_PREFIX}*`)],
      }),
    );
    if (state.config.sagemaker.enabled) this.function.addToRolePolicy(endpointCalls(this, state.config));
  }
}
