import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { textOf } from '../domain/version-flags';
import type { Owners, WithdrawalNotice } from '../ports';

/** Characters of a subject that SNS takes: ASCII, a line, at most 100. */
const subjectOf = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
/** Versions that one message names; the query lists all. */
const NAMED = 200;

/** Notices to owners leave through the topic of alarms: as JSON, which its other listeners read. */
export class SnsOwners implements Owners {
  constructor(
    private readonly sns: SNSClient,
    private readonly topicArn: string,
    private readonly deployment: string,
  ) {}

  async tell({ dataset, reason, model, owner, versions }: WithdrawalNotice): Promise<void> {
    const who = owner ?? 'whoever answers for it';
    const message = {
      notice: 'dataset-withdrawn',
      deployment: this.deployment,
      ...{ model, owner: owner ?? null, dataset, reason },
      affected: versions.length,
      versions: versions.slice(-NAMED),
      text: `To ${who}: the dataset ${textOf(dataset)} was withdrawn (${reason}). ${versions.length} versions of ${model} rest on it. Runbook: docs/runbook.md#dataset-withdrawn`,
    };
    await this.sns.send(
      new PublishCommand({
        TopicArn: this.topicArn,
        Subject: subjectOf(`Dataset withdrawn: ${model} is affected`),
        Message: JSON.stringify(message, null, 2),
      }),
    );
  }
}
