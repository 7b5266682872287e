import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ContenderConfigInput } from './config';
import { ModelOpsState } from './model-ops-state';

export interface StateStackProps extends StackProps {
  readonly config: ContenderConfigInput;
}

/** What is kept: deployed rarely, deleted never by accident. */
export class StateStack extends Stack {
  readonly state: ModelOpsState;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, { description: 'Contender: models, registry, audit and evidence', ...props });
    this.state = new ModelOpsState(this, 'State', { config: props.config });
  }
}
