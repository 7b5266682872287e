import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { auditRecordOf } from '../../lambdas/registry/adapters/audit-record';
import { S3AuditCopies } from '../../lambdas/registry/adapters/s3-audit-copies';
import type { AuditEvent } from '../../lambdas/registry/contract';
import { copyEvents, copyModel } from '../../lambdas/registry/copy-events';
import { recordOf } from './audit-stream-records';
import { chainOf } from './audited';
import { Crash, FakeBucket } from './fake-bucket';

const events = chainOf(Array.from({ length: 4 }, (_, at) => ({ at, reason: `event ${at + 1}` })));
const [first, second, third] = events as [AuditEvent, AuditEvent, AuditEvent];
const keyAt = (sequence: number) => `audit/credit/${String(sequence).padStart(10, '0')}.json`;

/** The deployed copier with a bucket and a queue of its own. */
class World {
  readonly bucket = new FakeBucket();
  readonly alarms: string[] = [];
  /** Called before and after a message is sent, as the bucket's own calls are. */
  onAlarm: FakeBucket['onCall'] = () => undefined;

  run(...records: DynamoDBRecord[]) {
    return copyEvents(
      { Records: records },
      {
        vault: new S3AuditCopies(this.bucket.client, 'vault'),
        read: auditRecordOf,
        alarm: async ({ fault, record }) => {
          this.onAlarm('before it is sent');
          this.alarms.push(`${fault} ${record}`);
          this.onAlarm('before its answer is read');
        },
        failed: () => undefined,
      },
    );
  }

  /** Events that have copies, in the order in which these were made; one that was written twice is there twice. */
  get copied(): AuditEvent[] {
    const found = [...this.bucket.versions].filter(([key]) => key.startsWith('audit/'));
    return found.flatMap(([, versions]) => versions.map(({ body }) => JSON.parse(body) as AuditEvent));
  }

  get kept(): string[] {
    const found = [...this.bucket.versions].filter(([key]) => key.startsWith('tampered/'));
    return found.flatMap(([key, versions]) => versions.map(() => key));
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

test('what is put on record is copied, and told twice it is copied once', async () => {
  expect(await world.run(...events.map((event) => recordOf(event)), recordOf(second))).toEqual({
    batchItemFailures: [],
  });
  expect(world.copied).toEqual(events);
  expect(world.alarms).toEqual([]);
});

const TAMPERINGS: [fault: string, record: DynamoDBRecord][] = [
  ['changed', recordOf({ ...second, detail: { reason: 'forged' } }, 'MODIFY')],
  ['deleted', recordOf(second, 'REMOVE')],
  [
    'replaced',
    recordOf(
      chainOf([
        { at: 0, reason: '' },
        { at: 1, reason: 'forged' },
      ])[1] as AuditEvent,
    ),
  ],
  ['forged', recordOf(second, 'INSERT', { detail: { reason: 'forged' } })],
  ['misplaced', recordOf(second, 'INSERT', { pk: 'MODEL#Credit' })],
  ['misplaced', recordOf(second, 'INSERT', { pk: 'MODEL#wage' })],
  ['misplaced', recordOf(second, 'INSERT', { sk: 'EVENT#0000000001a' })],
  ['unreadable', recordOf(second, 'INSERT', { at: 'yesterday' })],
];

test.each(TAMPERINGS)(
  'an event that was %s is kept and told, is not copied, and holds nothing back',
  async (fault, record) => {
    await world.run(recordOf(first), recordOf(second));
    expect(await world.run(record, recordOf(third))).toEqual({ batchItemFailures: [] });
    expect(world.alarms).toEqual([`${fault} 102`]);
    expect(world.kept).toEqual(['tampered/102.json']);
    expect(world.copied).toEqual([first, second, third]);
  },
);

test('a forged event takes no place in the vault, before the real one came', async () => {
  for (const [fault, record] of TAMPERINGS) if (fault !== 'replaced') await world.run(record);
  expect(world.copied).toEqual([]);
});

test('a vault that is away is tried again, from the first that was not copied', async () => {
  world.bucket.onCall = () => {
    throw new Error('the vault is away');
  };
  expect(await world.run(recordOf(first), recordOf(second))).toEqual({
    batchItemFailures: [{ itemIdentifier: '101' }],
  });
});

/** The stream's part: what failed comes again, from there on, as often as it takes. */
const untilDone = async (of: World, records: readonly DynamoDBRecord[]): Promise<void> => {
  let left = [...records];
  for (let tries = 0; left.length > 0; tries++) {
    if (tries > 20) throw new Error('the stream would give up');
    const [failure] = (await of.run(...left)).batchItemFailures;
    if (failure === undefined) return;
    left = left.slice(left.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failure.itemIdentifier));
  }
};

/** Makes one of all calls of a run fail. @returns whether there were so many */
const dieAt = (of: World, call: number, moment: 'before it is sent' | 'before its answer is read'): (() => boolean) => {
  let calls = 0;
  const count: FakeBucket['onCall'] = (at) => {
    if (at === moment && ++calls === call) throw new Crash();
  };
  of.bucket.onCall = count;
  of.onAlarm = count;
  return () => calls >= call;
};

describe.each(['before it is sent', 'before its answer is read'] as const)('a copier whose call fails %s', (moment) => {
  test('leaves every event copied once, in order, and alarms of nothing', async () => {
    let call = 1;
    for (let reached = true; reached; call++) {
      const tried = new World();
      const wasReached = dieAt(tried, call, moment);
      await untilDone(
        tried,
        [...events, second].map((event) => recordOf(event)),
      );
      expect(tried.copied).toEqual(events);
      expect(tried.alarms).toEqual([]);
      reached = wasReached();
    }
    // A put an event, and for the one that is known a listing and a read.
    expect(call).toBeGreaterThan(events.length + 3);
  });

  test.each(TAMPERINGS)('still keeps an event that was %s once, and tells of it', async (fault, record) => {
    for (let call = 1, reached = true; reached; call++) {
      const tried = new World();
      await tried.run(recordOf(first), recordOf(second));
      const wasReached = dieAt(tried, call, moment);
      await untilDone(tried, [record, recordOf(third)]);
      expect(tried.kept).toEqual(['tampered/102.json']);
      expect(new Set(tried.alarms)).toEqual(new Set([`${fault} 102`]));
      expect(tried.copied).toEqual([first, second, third]);
      reached = wasReached();
    }
  });
});

test('copiers that run at once copy every event once, whoever comes first, and alarm of nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(3), async (scheduler, busy) => {
      const tried = new World();
      tried.bucket.busy = busy;
      const send = tried.bucket.client.send.bind(tried.bucket.client) as (command: object) => Promise<object>;
      const client = { send: (command: object) => scheduler.schedule(Promise.resolve()).then(() => send(command)) };
      jest.spyOn(tried.bucket, 'client', 'get').mockReturnValue(client as never);
      const records = events.map((event) => recordOf(event));
      const runs = [untilDone(tried, records), untilDone(tried, records), untilDone(tried, records.slice(1))];
      await scheduler.waitFor(Promise.all(runs));
      expect(tried.copied.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3, 4]);
      expect(tried.alarms).toEqual([]);
    }),
  );
});

describe('copies of what is on record already', () => {
  const paged =
    (size: number) =>
    async (_: string, after: number, cursor = String(after)) => {
      const items = events.slice(Number(cursor), Number(cursor) + size);
      return { items, ...(Number(cursor) + size < events.length ? { cursor: String(Number(cursor) + size) } : {}) };
    };
  const vaultOf = (of: World) => new S3AuditCopies(of.bucket.client, 'vault');

  test('are made where there are none, and say what is in the way', async () => {
    await world.run(recordOf(first));
    world.bucket.write(keyAt(2), '{}');
    const ports = { vault: vaultOf(world), events: paged(3), hasTime: () => true };
    expect(await copyModel({ model: 'credit', after: 0 }, ports)).toEqual({ copied: 2, conflicts: 1, forged: 0 });
  });

  test('go on where time ran out', async () => {
    let time = 2;
    const ports = { vault: vaultOf(world), events: paged(1), hasTime: () => time-- > 0 };
    expect(await copyModel({ model: 'credit', after: 0 }, ports)).toEqual({
      copied: 2,
      conflicts: 0,
      forged: 0,
      after: 2,
    });
    time = 9;
    expect(await copyModel({ model: 'credit', after: 2 }, ports)).toEqual({ copied: 2, conflicts: 0, forged: 0 });
    expect(world.copied).toEqual(events);
  });

  test('are not made of items that are no event with its own hash', async () => {
    const forged = { ...second, detail: {} };
    const events = async () => ({ items: [first, forged, { sequence: 'x' } as never] });
    const ports = { vault: vaultOf(world), events, hasTime: () => true };
    expect(await copyModel({ model: 'credit', after: 0 }, ports)).toEqual({ copied: 1, conflicts: 0, forged: 2 });
  });
});
