import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { logger } from '../logger';

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

  /** Like `succeed`, where a later event or the clock wakes the execution if this cannot. */
  async nudge(taskToken: string, output: object): Promise<void> {
    await this.succeed(taskToken, output).catch((error: Error) =>
      logger.warn('execution could not be woken yet', { error }),
    );
  }
}
