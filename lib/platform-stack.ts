import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ModelOps } from './model-ops';
import type { ModelOpsState } from './model-ops-state';

export interface PlatformStackProps extends StackProps {
  readonly state: ModelOpsState;
}

/** What runs: everything in it can be deleted and deployed again without losing a record. */
export class PlatformStack extends Stack {
  readonly modelOps: ModelOps;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, {
      description: 'Contender: registration, evaluation, approval, rollout, scoring, monitoring',
      ...props,
    });
    this.modelOps = new ModelOps(this, 'ModelOps', { state: props.state });
    for (const [name, value] of Object.entries(this.modelOps.outputs)) new CfnOutput(this, name, { value });
  }
}
