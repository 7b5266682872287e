import { join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type DomainEvent, domainEventSchema } from '../../lambdas/registry/contract';
import { run } from '../child-process';
import { LocalFailure } from '../failure';
import { type Platform, ROOT } from '../platform';
import { EXAMPLE, until } from './stage';

const clientOptions = ({ outputs }: Platform) => ({
  region: outputs.region,
  endpoint: outputs.endpointUrl,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** A queue of the team's own, in which something of the platform arrives. */
export class Inbox {
  private constructor(
    private readonly sqs: SQSClient,
    private readonly url: string,
    readonly arn: string,
  ) {}

  static async open(platform: Platform, name: string, sender: string): Promise<Inbox> {
    const sqs = new SQSClient(clientOptions(platform));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const arn = Attributes?.QueueArn ?? '';
    const statement = { Effect: 'Allow', Principal: { Service: sender }, Action: 'sqs:SendMessage', Resource: arn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    return new Inbox(sqs, QueueUrl, arn);
  }

  /** The first message that `read` recognises; what it does not is put aside. */
  receive<T>(what: string, read: (body: string) => T | undefined): Promise<T> {
    return until(what, async () => {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.url, WaitTimeSeconds: 1, MaxNumberOfMessages: 1 }),
      );
      const [message] = Messages;
      if (!message) return undefined;
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: message.ReceiptHandle }));
      return read(message.Body ?? '');
    });
  }
}

/** The team's rule on the platform's event bus: `Refresh Requested` goes to their own queue. */
export const listenForRefresh = async (platform: Platform): Promise<Inbox> => {
  const inbox = await Inbox.open(platform, 'team-training-job', 'events.amazonaws.com');
  const events = new EventBridgeClient(clientOptions(platform));
  const EventBusName = platform.outputs.eventBusName ?? '';
  const EventPattern = JSON.stringify({ source: ['contender'], 'detail-type': ['Refresh Requested'] });
  await events.send(new PutRuleCommand({ Name: 'team-training-job', EventBusName, EventPattern }));
  await events.send(
    new PutTargetsCommand({ Rule: 'team-training-job', EventBusName, Targets: [{ Id: 'queue', Arn: inbox.arn }] }),
  );
  return inbox;
};

/** The operators' subscription to the alarm topic. */
export const listenForAlarms = async (platform: Platform): Promise<Inbox> => {
  const inbox = await Inbox.open(platform, 'operators', 'sns.amazonaws.com');
  const sns = new SNSClient(clientOptions(platform));
  await sns.send(
    new SubscribeCommand({ TopicArn: platform.outputs.alarmTopicArn, Protocol: 'sqs', Endpoint: inbox.arn }),
  );
  return inbox;
};

/** The event in a message that EventBridge sent. */
export const readEvent = (body: string): DomainEvent | undefined => {
  const parsed = domainEventSchema.safeParse((JSON.parse(body) as { detail?: unknown }).detail);
  return parsed.success ? parsed.data : undefined;
};

/** Name of the alarm in a message that SNS sent, if it went to ALARM. */
export const readAlarm = (body: string): string | undefined => {
  const { Message = '{}' } = JSON.parse(body) as { Message?: string };
  const alarm = JSON.parse(Message) as { AlarmName?: string; NewStateValue?: string };
  return alarm.NewStateValue === 'ALARM' ? alarm.AlarmName : undefined;
};

/** Retrains on what came true so far. @returns what the script says of the result @throws LocalFailure with its words */
export const retrain = async (python: string, observations: string, out: string, parent: number): Promise<string> => {
  const args = [join(EXAMPLE, 'retrain.py'), '--observations', observations, '--out', out, '--parent', String(parent)];
  const { code, printed } = await run({ command: python, args, cwd: ROOT });
  if (code !== 0) throw new LocalFailure(`the training job failed: ${printed.trim().split('\n').at(-1)}`);
  return printed.trim().split('\n').at(-1) ?? '';
};
