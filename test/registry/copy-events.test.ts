import type { DynamoDBRecord } from 'aws-lambda';
import type { AuditEvent } from '../../lambdas/registry/contract';
import { type CopyEventsPorts, copyEvents } from '../../lambdas/registry/copy-events';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';

const eventAt = (sequence: number): AuditEvent =>
  chainEvent(
    { model: 'wage', type: 'Policy Changed', at: 1, actor: { kind: 'platform', id: 'x' }, detail: {} },
    '01HZZZZZZZZZZZZZZZZZZZZZZZ',
    sequence === 1 ? undefined : { sequence: sequence - 1, hash: 'a'.repeat(64) },
  );

interface Told {
  readonly record: DynamoDBRecord;
  readonly event: AuditEvent | undefined;
}

const told = (sequence: number, eventName: 'INSERT' | 'MODIFY' | 'REMOVE' = 'INSERT'): Told => ({
  record: { eventName, dynamodb: { SequenceNumber: String(100 + sequence) } },
  event: eventName === 'REMOVE' ? undefined : eventAt(sequence),
});

class World {
  readonly copies = new Map<number, string>();
  readonly tampered: string[] = [];
  readonly alarms: string[] = [];
  away = false;

  run(...records: Told[]) {
    const events = new Map(records.map(({ record, event }) => [record, event]));
    const ports: CopyEventsPorts = {
      vault: {
        put: async ({ sequence, hash }) => {
          if (this.away) throw new Error('the vault is away');
          const known = this.copies.get(sequence);
          if (known !== undefined) return known === hash ? 'known' : 'conflict';
          this.copies.set(sequence, hash);
          return 'copied';
        },
        keepTampered: async (sequence) => void this.tampered.push(sequence),
      },
      eventOf: (record) => events.get(record),
      alarm: async ({ fault, record }) => void this.alarms.push(`${fault} ${record}`),
      failed: () => undefined,
    };
    return copyEvents({ Records: records.map(({ record }) => record) }, ports);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

test('what is put on record is copied, and told twice it is copied once', async () => {
  expect(await world.run(told(1), told(2), told(2))).toEqual({ batchItemFailures: [] });
  expect([...world.copies.keys()]).toEqual([1, 2]);
  expect(world.alarms).toEqual([]);
});

test.each([
  ['changed', told(1, 'MODIFY')],
  ['deleted', told(1, 'REMOVE')],
])('an event that is %s in the table is kept and told, and holds nothing back', async (fault, record) => {
  await world.run(told(1));
  expect(await world.run(record, told(2))).toEqual({ batchItemFailures: [] });
  expect(world.alarms).toEqual([`${fault} 101`]);
  expect(world.tampered).toEqual(['101']);
  expect([...world.copies.keys()]).toEqual([1, 2]);
});

test('another event in the place of one that is copied is told, and the copy stays', async () => {
  world.copies.set(1, 'b'.repeat(64));
  await world.run(told(1));
  expect(world.alarms).toEqual(['replaced 101']);
  expect(world.copies.get(1)).toBe('b'.repeat(64));
});

test('a vault that is away is tried again, from the first that was not copied', async () => {
  world.away = true;
  expect(await world.run(told(1), told(2))).toEqual({ batchItemFailures: [{ itemIdentifier: '101' }] });
});
