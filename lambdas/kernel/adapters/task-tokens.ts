import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

/** Wakes the executions that wait for a person, for evidence or for a command. */
export class TaskTokens {
  constructor(private readonly sfn: SFNClient) {}

  /** A task that is over already needs no waking: that is success too. */
  async succeed(taskToken: string, output: object): Promise<void> {
    try {
      await this.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    } catch (error) {
      if (error instanceof TaskDoesNotExist || error instanceof TaskTimedOut || error instanceof InvalidToken) return;
      throw error;
    }
  }
}
