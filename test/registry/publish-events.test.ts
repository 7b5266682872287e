import { EventBridgeClient, type PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';
import type { AuditEntry } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';

let handler: (stream: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
const published: string[] = [];
let refused: string | undefined;

beforeAll(async () => {
  Object.assign(process.env, { DEPLOYMENT: 'bank', EVENT_BUS: 'bank-events' });
  ({ handler } = await import('../../lambdas/registry/publish-events.lambda'));
});
beforeEach(() => {
  jest.restoreAllMocks();
  published.length = 0;
  refused = undefined;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation((command: unknown) => {
    const [entry] = (command as PutEventsCommand).input.Entries ?? [];
    // The bus answers 200 and says inside what it did not take.
    if (entry?.DetailType === refused)
      return Promise.resolve({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'Throttled' }] });
    published.push(
      `${entry?.EventBusName} ${entry?.Source} ${entry?.DetailType} ${JSON.parse(entry?.Detail ?? '{}').auditSequence}`,
    );
    return Promise.resolve({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });
  });
});

const streamOf = (...types: ReadonlyArray<AuditEntry['type'] | 'removed' | 'unreadable'>): DynamoDBStreamEvent => ({
  Records: types.map((type, i): DynamoDBRecord => {
    const SequenceNumber = String(100 + i);
    if (type === 'removed') return { dynamodb: { SequenceNumber } };
    if (type === 'unreadable') return { dynamodb: { SequenceNumber, NewImage: { pk: { S: 'MODEL#wage' } } } };
    const entry = { model: 'wage', type, at: 1, actor: { kind: 'platform' as const, id: 'registry' }, detail: {} };
    const previous = i === 0 ? undefined : { sequence: i, hash: 'a'.repeat(64) };
    const image = { ...chainEvent(entry, '01HZZZZZZZZZZZZZZZZZZZZZZZ', previous), pk: 'MODEL#wage', sk: `EVENT#${i}` };
    return {
      dynamodb: {
        SequenceNumber,
        NewImage: marshall(image) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] & object,
      },
    };
  }),
});

test('domain events leave in the order of the record; what is for the record only stays', async () => {
  const result = await handler(streamOf('Version Registered', 'Policy Changed', 'Version Evaluated', 'removed'));
  expect(result).toEqual({ batchItemFailures: [] });
  expect(published).toEqual([
    'bank-events contender Version Registered 1',
    'bank-events contender Version Evaluated 3',
  ]);
});

test('an event that the bus refuses holds back those behind it, so that order stays', async () => {
  refused = 'Version Evaluated';
  const stream = streamOf('Version Registered', 'Version Evaluated', 'Approval Requested');
  expect(await handler(stream)).toEqual({ batchItemFailures: [{ itemIdentifier: '101' }] });
  expect(published).toEqual(['bank-events contender Version Registered 1']);
});

test('a bus that is away fails the event, not the function', async () => {
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(() => Promise.reject(new Error('away')));
  expect(await handler(streamOf('Version Registered'))).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
});

test('what is no audit event is a failure of its own', async () => {
  expect(await handler(streamOf('Version Registered', 'unreadable'))).toEqual({
    batchItemFailures: [{ itemIdentifier: '101' }],
  });
});
