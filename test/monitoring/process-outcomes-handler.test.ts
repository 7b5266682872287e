import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';
import type { OutcomeBatch } from '../../lambdas/monitoring/contract';
import { batchOf, outcome } from './evidence-world';

const processed: string[] = [];
let failing: string | undefined;
jest.mock('../../lambdas/monitoring/process-outcomes', () => ({
  processOutcomes: async ({ model, outcomes }: OutcomeBatch) => {
    const key = `${model} ${outcomes[0]?.key.split('#')[1]}`;
    if (key === failing) throw new Error('throttled');
    processed.push(key);
    return { fresh: 1, corrected: 0 };
  },
}));

const message = (model: string, row: number, body?: string) => ({
  messageId: `${model} ${row}`,
  body: body ?? JSON.stringify({ ...batchOf(outcome(row)), model }),
  attributes: { MessageGroupId: `${model}.1` },
});
const event = (...records: object[]): SQSEvent => ({ Records: records as SQSEvent['Records'] });
const failed = (response: SQSBatchResponse) => response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

let handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
beforeAll(async () => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    EVIDENCE_TABLE: 'evidence',
    DEFAULT_POLICY: '{}',
  });
  ({ handler } = await import('../../lambdas/monitoring/process-outcomes.lambda'));
});
beforeEach(() => {
  jest.restoreAllMocks();
  processed.length = 0;
  failing = undefined;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

test('messages are processed in order, and none comes back', async () => {
  expect(failed(await handler(event(message('a', 0), message('a', 1), message('b', 0))))).toEqual([]);
  expect(processed).toEqual(['a 0', 'a 1', 'b 0']);
});

test('what follows a failed message of the same version waits for it; other versions go on', async () => {
  failing = 'a 0';
  expect(failed(await handler(event(message('a', 0), message('b', 0), message('a', 1))))).toEqual(['a 0', 'a 1']);
  expect(processed).toEqual(['b 0']);
});

test.each(['no JSON', '{}', '{"model":"a","version":1,"outcomes":[]}'])(
  'a message that is none (%s) comes back until it is a dead letter',
  async (body) => {
    expect(failed(await handler(event(message('a', 0, body), message('b', 0))))).toEqual(['a 0']);
    expect(processed).toEqual(['b 0']);
  },
);
