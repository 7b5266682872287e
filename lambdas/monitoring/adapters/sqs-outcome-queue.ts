import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OutcomeBatch } from '../contract';
import type { OutcomeQueue } from '../ports';

/**
 * A FIFO queue whose groups are versions: the outcomes of one version are weighed one batch after the other. A request has a
 * dozen messages at most, so each is sent by itself, in order; one that was sent twice is recognised by its content.
 */
export class SqsOutcomeQueue implements OutcomeQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  async send(batches: readonly OutcomeBatch[]): Promise<void> {
    for (const batch of batches) {
      const body = JSON.stringify(batch);
      await this.sqs.send(
        new SendMessageCommand({
          QueueUrl: this.queueUrl,
          MessageBody: body,
          MessageGroupId: `${batch.model.toLowerCase()}.${batch.version}`,
          MessageDeduplicationId: createHash('sha256').update(body).digest('hex'),
        }),
      );
    }
  }
}
