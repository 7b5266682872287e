import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { TaskTokens } from '../../kernel/adapters/task-tokens';
import { durationMs } from '../../kernel/duration';
import type { RunningRollout } from '../contract';
import type { RolloutExecutions } from '../ports';

const seconds = (duration: string): number => Math.max(1, Math.ceil(durationMs(duration) / 1000));

/** Executions of the rollout machine, each named by its rollout. */
export class StepFunctionsExecutions extends TaskTokens implements RolloutExecutions {
  constructor(
    private readonly machines: SFNClient,
    private readonly machineArn: string,
  ) {
    super(machines);
  }

  async start(rollout: RunningRollout): Promise<void> {
    const input = {
      model: rollout.model,
      rolloutId: rollout.id,
      stepDeadlineSeconds: seconds(rollout.stepDeadline),
      personDeadlineSeconds: seconds(rollout.personDeadline),
    };
    try {
      await this.machines.send(
        new StartExecutionCommand({ stateMachineArn: this.machineArn, name: rollout.id, input: JSON.stringify(input) }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async isDead(rollout: RunningRollout): Promise<boolean> {
    const executionArn = `${this.machineArn.replace(':stateMachine:', ':execution:')}:${rollout.id}`;
    try {
      const { status } = await this.machines.send(new DescribeExecutionCommand({ executionArn }));
      return status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED';
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return true;
      throw error;
    }
  }
}
