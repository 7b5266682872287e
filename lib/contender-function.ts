import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type * as z from 'zod';
import { bundleOf } from './bundle';
import type { ContenderConfig } from './config';

export interface ContenderFunctionProps<S extends z.ZodObject> {
  /** Handler under `lambdas/`, without `.lambda.ts`, such as `scoring/infer`. */
  readonly entry: string;
  /** Child processes it starts, under `lambdas/`, without `.ts`, such as `scoring/score-shadow.child`. */
  readonly children?: readonly string[];
  /** What the handler reads from its environment; `env` must hold exactly that, or the app does not compile. */
  readonly envSchema: S;
  readonly env: { readonly [K in keyof z.input<S>]: string };
  readonly config: ContenderConfig;
  readonly description: string;
  /** @default 256 */
  readonly memorySize?: number;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  readonly layers?: lambda.ILayerVersion[];
  readonly overrides?: Partial<lambda.FunctionProps>;
}

/** A Lambda function of Contender: bundled by this package, its environment checked against the handler's own schema. */
export class ContenderFunction<S extends z.ZodObject> extends lambda.Function {
  constructor(scope: Construct, id: string, props: ContenderFunctionProps<S>) {
    const { config } = props;
    const destroy = config.removal === 'destroy';
    super(scope, id, {
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(bundleOf(props.entry, props.children)),
      description: props.description,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout ?? Duration.seconds(30),
      environment: props.env,
      tracing: lambda.Tracing.ACTIVE,
      logGroup: new logs.LogGroup(scope, `${id}Logs`, {
        retention: config.logRetentionDays,
        removalPolicy: destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      }),
      ...(props.layers ? { layers: props.layers } : {}),
      ...props.overrides,
    });
  }
}
