import type { SNSEvent } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';

const asked: string[] = [];
jest.mock('../../lambdas/refresh/request-refresh', () => ({
  requestRefresh: async (model: string, alarm: string) => {
    asked.push(`${model} by ${alarm}`);
    return true;
  },
}));

const notification = (...messages: object[]): SNSEvent => ({
  Records: messages.map((message) => ({ Sns: { Message: JSON.stringify(message) } })) as SNSEvent['Records'],
});

let handler: (event: SNSEvent) => Promise<void>;
beforeAll(async () => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    EVIDENCE_TABLE: 'evidence',
    DEFAULT_POLICY: '{}',
    DEPLOYMENT: 'bank',
  });
  ({ handler } = await import('../../lambdas/refresh/request-refresh.lambda'));
});
beforeEach(() => {
  jest.restoreAllMocks();
  asked.length = 0;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
});

test('an alarm of a champion asks for its model', async () => {
  await handler(notification({ AlarmName: 'contender-bank-accuracy-drift-credit-risk', NewStateValue: 'ALARM' }));
  expect(asked).toEqual(['credit-risk by contender-bank-accuracy-drift-credit-risk']);
});

test.each([
  ['the end of an alarm', { AlarmName: 'contender-bank-accuracy-drift-credit', NewStateValue: 'OK' }],
  ['an alarm of the platform', { AlarmName: 'contender-bank-drifted-champions', NewStateValue: 'ALARM' }],
  ['another deployment’s alarm', { AlarmName: 'contender-shop-accuracy-drift-credit', NewStateValue: 'ALARM' }],
  ['a message of another kind', { hello: 'world' }],
])('%s asks for nothing, and leaves a line in the log', async (_, message) => {
  await handler(notification(message));
  expect(asked).toEqual([]);
  expect(logger.info).toHaveBeenCalledTimes(1);
});
