import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RegistryTable } from '../../../lambdas/registry/adapters/registry-table';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { DynamoWaitingUploads } from '../../../lambdas/upload/adapters/dynamo-waiting-uploads';
import { Overtaken } from '../../../lambdas/upload/domain/overtaken';
import type { Registrations, WaitingUpload, WaitingUploads } from '../../../lambdas/upload/ports';
import { createRegistryTables, deleteRegistryTables, type RegistryTables } from '../../../local/registry-tables';
import { candidateOf, rejectedOf } from '../../registry/candidates';
import { FakeRegistrations } from '../../upload/fakes';
import { freshModel, platform } from '../platform';

interface Opened {
  readonly waiting: WaitingUploads;
  readonly registrations: Registrations;
}

const noteOf = (folder: string, dueAt: number): WaitingUpload => ({
  model: 'wage',
  bucket: 'uploads',
  prefix: `inbox/wage/${folder}/`,
  dueAt,
  missing: ['golden.csv'],
});

/** What both promise of folders that are not whole. */
const contract = (open: () => Opened) => {
  const dueAt = async ({ waiting }: Opened, now: number): Promise<WaitingUpload[]> => {
    const found: WaitingUpload[] = [];
    for await (const due of waiting.due(now)) found.push(due);
    return found;
  };

  test('those whose deadline is over come first what has waited longest, and no others', async () => {
    const opened = open();
    for (const [folder, at] of [
      ['b', 900],
      ['a', 1000],
      ['c', 80],
      ['d', 12_000],
    ] as const)
      await opened.waiting.note(noteOf(folder, at));
    expect(await dueAt(opened, 1000)).toEqual([noteOf('c', 80), noteOf('b', 900), noteOf('a', 1000)]);
    expect(await dueAt(opened, 79)).toEqual([]);
  });

  test('a folder is noted once, by what was noted last', async () => {
    const opened = open();
    await opened.waiting.note(noteOf('a', 100));
    await opened.waiting.note({ ...noteOf('a', 200), missing: ['model.onnx'] });
    expect(await dueAt(opened, 150)).toEqual([]);
    expect(await dueAt(opened, 200)).toEqual([{ ...noteOf('a', 200), missing: ['model.onnx'] }]);
  });

  test('what has begun to wait anew is not forgotten by whom it overtook', async () => {
    const opened = open();
    await opened.waiting.note(noteOf('a', 200));
    await opened.waiting.forget(noteOf('a', 100));
    expect(await dueAt(opened, 200)).toHaveLength(1);
    await opened.waiting.forget(noteOf('a', 200));
    await opened.waiting.forget(noteOf('a', 200));
    expect(await dueAt(opened, 200)).toEqual([]);
  });

  test('whoever registers the folder ends its wait', async () => {
    const opened = open();
    await opened.waiting.note(noteOf('a', 100));
    await opened.registrations.register({ ...candidateOf({ upload: 'a' }), waits: { prefix: noteOf('a', 0).prefix } });
    expect(await dueAt(opened, 100)).toEqual([]);
  });

  test('who comes after the wait has ended, or begun anew, is overtaken and records nothing', async () => {
    const opened = open();
    const { prefix } = noteOf('a', 0);
    const late = { ...rejectedOf({ upload: 'a' }), waits: { prefix, dueAt: 100 } };
    await expect(opened.registrations.reject(late)).rejects.toBeInstanceOf(Overtaken);
    await opened.waiting.note(noteOf('a', 200));
    await expect(opened.registrations.reject(late)).rejects.toBeInstanceOf(Overtaken);
    expect(await opened.registrations.findUpload(late.uploadHash)).toBeUndefined();
    const inTime = { ...late, waits: { prefix, dueAt: 200 } };
    expect(await opened.registrations.reject(inTime)).toEqual({ outcome: 'rejected', version: 1 });
    expect(await dueAt(opened, 200)).toEqual([]);
  });
};

describe('in memory', () =>
  contract(() => {
    const registrations = new FakeRegistrations();
    return { registrations, waiting: registrations.waiting };
  }));

describe('in DynamoDB', () => {
  const dynamo = new DynamoDBClient(platform().aws);
  let tables: RegistryTables;
  beforeEach(async () => {
    tables = await createRegistryTables(dynamo, freshModel('waiting'));
  });
  afterEach(() => deleteRegistryTables(dynamo, tables));

  contract(() => {
    const table = new RegistryTable(dynamo, tables.registry, tables.audit);
    return { registrations: new DynamoRegistrations(table, 'open'), waiting: new DynamoWaitingUploads(table) };
  });
});
