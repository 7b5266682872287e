import { EventBridgeClient, type PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';
import { RegistryTable } from '../../lambdas/registry/adapters/registry-table';
import type { AuditEntry, AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { recordOf } from './audit-stream-records';

type Handler = typeof import('../../lambdas/registry/publish-events.lambda').handler;
let handler: Handler;
const published: string[] = [];
const ids: string[] = [];
let refused: string | undefined;
let onCall: (moment: 'before it is sent' | 'before its answer is read') => void;

beforeAll(async () => {
  Object.assign(process.env, {
    DEPLOYMENT: 'bank',
    EVENT_BUS: 'bank-events',
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    AWS_REGION: 'us-east-1',
  });
  ({ handler } = await import('../../lambdas/registry/publish-events.lambda'));
});
beforeEach(() => {
  jest.restoreAllMocks();
  published.length = 0;
  ids.length = 0;
  refused = undefined;
  onCall = () => undefined;
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(async (command: unknown) => {
    const [entry] = (command as PutEventsCommand).input.Entries ?? [];
    onCall('before it is sent');
    // The bus answers 200 and says inside what it did not take.
    if (entry?.DetailType === refused) return { FailedEntryCount: 1, Entries: [{ ErrorCode: 'Throttled' }] };
    const { auditSequence, id } = JSON.parse(entry?.Detail ?? '{}');
    published.push(`${entry?.EventBusName} ${entry?.Source} ${entry?.DetailType} ${auditSequence}`);
    ids.push(id);
    onCall('before its answer is read');
    return { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
  });
});

const idOf = (i: number) => `01HZZZZZZZZZZZZZZZZZZZZZZ${i}`;
const eventsOf = (...types: AuditEntry['type'][]): AuditEvent[] => {
  const events: AuditEvent[] = [];
  for (const [i, type] of types.entries()) {
    const entry = { model: 'wage', type, at: 1, actor: { kind: 'platform' as const, id: 'registry' }, detail: {} };
    events.push(chainEvent(entry, idOf(i), events.at(-1)));
  }
  return events;
};
const streamOf = (...types: AuditEntry['type'][]): DynamoDBRecord[] =>
  eventsOf(...types).map((event) => recordOf(event));

const time = { getRemainingTimeInMillis: () => 60_000 };
const told = async (records: DynamoDBRecord[]) => (await handler({ Records: records }, time)) as DynamoDBBatchResponse;

test('domain events leave in the order of the record; what is for the record only stays', async () => {
  expect(await told(streamOf('Version Registered', 'Policy Changed', 'Version Evaluated'))).toEqual({
    batchItemFailures: [],
  });
  expect(published).toEqual([
    'bank-events contender Version Registered 1',
    'bank-events contender Version Evaluated 3',
  ]);
});

test('an event that the bus refuses holds back those behind it, so that order stays', async () => {
  refused = 'Version Evaluated';
  const stream = streamOf('Version Registered', 'Version Evaluated', 'Approval Requested');
  expect(await told(stream)).toEqual({ batchItemFailures: [{ itemIdentifier: '102' }] });
  expect(published).toEqual(['bank-events contender Version Registered 1']);
  expect(logger.error).toHaveBeenCalledWith(
    'audit event could not be published',
    expect.objectContaining({ record: '102', model: 'wage', sequence: 2 }),
  );
});

test('a bus that is away fails the event, not the function', async () => {
  jest.spyOn(EventBridgeClient.prototype, 'send').mockImplementation(() => Promise.reject(new Error('away')));
  expect(await told(streamOf('Version Registered'))).toEqual({ batchItemFailures: [{ itemIdentifier: '101' }] });
});

test('what somebody changed or deleted on record is not published', async () => {
  const [event] = eventsOf('Version Registered') as [AuditEvent];
  const records = [recordOf({ ...event, detail: { forged: true } }, 'MODIFY'), recordOf(event, 'REMOVE')];
  expect(await told(records)).toEqual({ batchItemFailures: [] });
  expect(published).toEqual([]);
});

test.each([
  ['no audit event', { at: 'yesterday' }],
  ['no event with its own hash', { detail: { forged: true } }],
  ['under the key of another', { pk: 'MODEL#Wage' }],
])('a new item that is %s is not published, and ends among the dead letters', async (_, overrides) => {
  const [one, two] = eventsOf('Version Registered', 'Version Evaluated') as [AuditEvent, AuditEvent];
  expect(await told([recordOf(one), recordOf(two, 'INSERT', overrides)])).toEqual({
    batchItemFailures: [{ itemIdentifier: '102' }],
  });
  expect(published).toHaveLength(1);
});

test.each(['before it is sent', 'before its answer is read'] as const)(
  'an outbox whose call fails %s loses nothing, keeps order, and repeats at most what it was at',
  async (moment) => {
    const stream = streamOf('Version Registered', 'Version Evaluated', 'Approval Requested');
    for (let call = 1; call <= stream.length; call++) {
      ids.length = 0;
      let calls = 0;
      onCall = (at) => {
        if (at === moment && ++calls === call) throw new Error('gone');
      };
      const [failure] = (await told(stream)).batchItemFailures;
      expect(failure).toEqual({ itemIdentifier: String(100 + call) });
      expect(await told(stream.slice(call - 1))).toEqual({ batchItemFailures: [] });
      expect([...new Set(ids)]).toEqual([0, 1, 2].map(idOf));
      expect(ids).toHaveLength(moment === 'before it is sent' ? 3 : 4);
    }
  },
);

describe('what the stream gave up', () => {
  const record = eventsOf('Version Registered', 'Policy Changed', 'Version Evaluated', 'Approval Requested');
  beforeEach(() => {
    // Pages of two.
    jest.spyOn(RegistryTable.prototype, 'auditPage').mockImplementation(async (_, { after = 0, cursor }) => {
      const from = cursor === undefined ? after : Number(cursor);
      return { items: record.slice(from, from + 2), ...(from + 2 < record.length ? { cursor: String(from + 2) } : {}) };
    });
  });

  test('is published again from the record, in order, with its ids', async () => {
    expect(await handler({ model: 'wage' }, time)).toEqual({ published: 3 });
    expect(ids).toEqual([0, 2, 3].map(idOf));
    ids.length = 0;
    expect(await handler({ model: 'wage', after: 3 } as { model: string }, time)).toEqual({ published: 1 });
    expect(ids).toEqual([idOf(3)]);
  });

  test('says where to go on when time runs out', async () => {
    let calls = 0;
    const short = { getRemainingTimeInMillis: () => (calls++ === 0 ? 60_000 : 1000) };
    expect(await handler({ model: 'wage' }, short)).toEqual({ published: 1, after: 2 });
  });

  test('is not asked for by a name that no model has', async () => {
    await expect(handler({ model: 'no such name!' }, time)).rejects.toThrow(/model/);
  });
});
