import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { UpstreamFailed } from '../../kernel/errors';
import type { OutcomeBatch } from '../contract';
import type { OutcomeQueue } from '../ports';

const MAX_ENTRIES = 10;
/** SQS takes so much at once, over all entries. */
const MAX_BYTES = 240_000;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

const entryOf = (batch: OutcomeBatch, index: number): Entry => {
  const body = JSON.stringify(batch);
  const id = createHash('sha256').update(body).digest('hex');
  return {
    Id: String(index),
    MessageBody: body,
    MessageGroupId: `${batch.model.toLowerCase()}.${batch.version}`,
    MessageDeduplicationId: id,
  };
};

/** Entries in order, as many to a call as SQS takes. */
const calls = (entries: readonly Entry[]): Entry[][] => {
  const made: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody);
    const last = made.at(-1);
    if (last === undefined || last.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      made.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return made;
};

/** A FIFO queue whose groups are versions: the outcomes of one version are weighed one batch after the other. */
export class SqsOutcomeQueue implements OutcomeQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  async send(batches: readonly OutcomeBatch[]): Promise<void> {
    for (const entries of calls(batches.map(entryOf))) {
      const { Failed = [] } = await this.sqs.send(
        new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries: entries }),
      );
      if (Failed.length > 0)
        throw new UpstreamFailed('the queue did not take every outcome; send them again: those it took are recognised');
    }
  }
}
