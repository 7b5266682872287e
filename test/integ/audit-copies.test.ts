import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import type { AuditEvent } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { s3Administrator } from './administrator';
import {
  attacker,
  audited,
  awaitCopies,
  copyAt,
  deleteCopiesForGood,
  deleteEvents,
  eventsOf,
  forged,
  invoked,
  putEvent,
  rewriteFrom,
  rowAt,
  tableName,
} from './audited';
import { freshModel, platform } from './platform';
import { said } from './said';

const HOUR = 3600_000;
const verify = (...words: string[]) => said('audit', 'verify', ...words);
const { s3, table } = attacker;

test('a chain is verified beside its copies', async () => {
  const model = await audited('whole');
  const { code, out } = await verify(model);
  expect(code).toBe(0);
  expect(out).toMatch(/is whole: 4 events, last hash [0-9a-f]{64}; 4 agree with their copies$/);
  const copy = await s3.send(new GetObjectCommand(copyAt(model, 2)));
  expect(JSON.parse((await copy.Body?.transformToString()) ?? '')).toEqual((await eventsOf(model))[1]);
});

/** Each under the other's key, whole as it was. */
const swap = async (model: string, one: number, other: number): Promise<void> => {
  const events = await eventsOf(model);
  for (const [place, from] of [
    [one, other],
    [other, one],
  ] as const)
    await putEvent(rowAt(model, place), events[from - 1] as AuditEvent);
};

/** A link that is right by itself, between two keys, beside the event whose number it has. */
const slipIn = async (model: string, sequence: number): Promise<void> => {
  const events = await eventsOf(model);
  const { pk, sk } = rowAt(model, sequence - 1);
  await putEvent({ pk, sk: `${sk}a` }, forged(events[sequence - 1] as AuditEvent, events[sequence - 2]));
};

/** Puts the record of one model in the place of another's. */
const replay = async (model: string): Promise<void> => {
  for (const event of await eventsOf(await audited('replayed'))) await putEvent(rowAt(model, event.sequence), event);
};

/** The tail is cut off, and a forged one put on. */
const newTail = async (model: string): Promise<void> => {
  const events = await eventsOf(model);
  await deleteEvents(model, 3, 4);
  await putEvent(rowAt(model, 3), forged(events[2] as AuditEvent, events[1]));
};

/** All of the record moves to a partition whose name differs in its letters alone. */
const otherCase = async (model: string): Promise<void> => {
  for (const event of await eventsOf(model)) {
    await putEvent({ ...rowAt(model, event.sequence), pk: `MODEL#${model.toUpperCase()}` }, event);
    await deleteEvents(model, event.sequence);
  }
};

/** One more link behind the last, dated so that it were pending for years. */
const fromTheFuture = async (model: string): Promise<void> => {
  const last = (await eventsOf(model)).at(-1) as AuditEvent;
  const event = forged(last, last, Date.now() + 1000 * 24 * HOUR);
  // Under a key that the copier does not take for the ledger's.
  const { pk, sk } = rowAt(model, event.sequence);
  await putEvent({ pk, sk: `${sk}a` }, event);
};

const edit = (model: string) =>
  table.send(
    new UpdateCommand({
      TableName: tableName(),
      Key: rowAt(model, 2),
      UpdateExpression: 'SET detail.forged = :yes',
      ExpressionAttributeValues: { ':yes': true },
    }),
  );

const spoil = (model: string) =>
  table.send(
    new UpdateCommand({
      TableName: tableName(),
      Key: rowAt(model, 2),
      UpdateExpression: 'SET #at = :text',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':text': 'yesterday' },
    }),
  );

test.each<[string, RegExp, (model: string) => Promise<unknown>]>([
  ['an event edited', /event 2 was overwritten/, edit],
  ['an event that no longer reads as one', /event 2 was overwritten/, spoil],
  ['an event edited and the rest hashed anew', /event 2 was rewritten, with its hash/, (m) => rewriteFrom(m, 2)],
  ['an event deleted', /event 2 is missing/, (m) => deleteEvents(m, 2)],
  ['all events deleted', /event 1 and all behind it were cut off/, (m) => deleteEvents(m, 1, 2, 3, 4)],
  ['two events swapped', /event 2 is not in its place/, (m) => swap(m, 2, 3)],
  ['an event slipped in', /event 2 is not in its place/, (m) => slipIn(m, 2)],
  ['the tail cut off', /event 4 and all behind it were cut off/, (m) => deleteEvents(m, 4)],
  ['the tail cut off and another put on', /event 3 was rewritten/, newTail],
  ['the record of another model', /event 1 is one of another model/, replay],
  ['a partition in other letters', /event 1 and all behind it were cut off/, otherCase],
  ['an event from the future', /event 5 has no copy, and is dated in the future/, fromTheFuture],
  [
    'a copy written over',
    /event 3 has a copy that somebody wrote over/,
    (m) => s3.send(new PutObjectCommand({ ...copyAt(m, 3), Body: '{}' })),
  ],
  ['a copy deleted', /event 3 has a copy that somebody deleted/, (m) => s3.send(new DeleteObjectCommand(copyAt(m, 3)))],
  ['the first copies deleted for good', /event 1 has no copy/, (m) => deleteCopiesForGood(m, 1, 2)],
  [
    'the first copies gone for good and all rewritten',
    /event 1 has no copy/,
    async (m) => {
      await deleteCopiesForGood(m, 1, 2);
      await rewriteFrom(m, 1);
    },
  ],
  [
    'a copy of another event',
    /event 3 has a copy that is of another event/,
    async (m) => {
      await deleteCopiesForGood(m, 3);
      await s3.send(new PutObjectCommand({ ...copyAt(m, 3), Body: canonicalJson((await eventsOf(m))[3]) }));
    },
  ],
  [
    'a copy under a key that none has',
    /the vault holds what is no copy of an event of .*0000000003\.json\.bak/,
    async (m) => {
      const { Bucket, Key } = copyAt(m, 3);
      await s3.send(new PutObjectCommand({ Bucket, Key: `${Key}.bak`, Body: canonicalJson((await eventsOf(m))[2]) }));
    },
  ],
])('%s is found, and named', async (name, message, attack) => {
  const model = await audited(name.replace(/\W+/g, '-'));
  await attack(model);
  const { code, error } = await verify(model);
  expect(code).toBe(1);
  expect(error).toMatch(message);
});

/** A record of two hours ago, that the vault is told of today. */
const recordedBefore = async (name: string): Promise<string> => {
  const model = freshModel(name);
  const actor = { kind: 'platform' as const, id: 'registry' };
  let previous: AuditEvent | undefined;
  for (let i = 0; i < 3; i++) {
    const entry = { model, type: 'Policy Changed' as const, at: Date.now() - 2 * HOUR + i, actor, detail: {} };
    previous = chainEvent(entry, '01HZZZZZZZZZZZZZZZZZZZZZZZ', previous);
    await putEvent(rowAt(model, previous.sequence), previous);
  }
  await awaitCopies(model, 3);
  return model;
};

test('copies that were made late are named, unless somebody accounts for them', async () => {
  const model = await recordedBefore('late');
  expect(await verify(model)).toMatchObject({ code: 1, error: expect.stringMatching(/event 1 was copied late/) });
  const accounted = await verify(model, '--late-until', new Date(Date.now() + 60_000).toISOString());
  expect(accounted).toMatchObject({
    code: 0,
    out: expect.stringMatching(/3 of these copies were made late, up to 2 hours/),
  });
  const since = await verify(model, '--late-until', new Date(Date.now() - HOUR).toISOString());
  expect(since).toMatchObject({ code: 1, error: expect.stringMatching(/event 1 was copied late/) });
});

test('a model that vanished from registry and record is found by its copies, and by an earlier verification without them', async () => {
  const [kept, gone, vanished] = [await audited('kept'), await audited('gone'), await audited('vanished')];
  const folder = mkdtempSync(join(tmpdir(), 'contender-audit-'));
  const before = join(folder, 'before.json');
  writeFileSync(before, (await verify(kept, gone, vanished, '--json')).out);
  for (const model of [gone, vanished]) {
    const META = { TableName: platform().outputs.registryTable, Key: { pk: `MODEL#${model}`, sk: 'META' } };
    await table.send(new DeleteCommand(META));
    await deleteEvents(model, 1, 2, 3, 4);
  }
  await deleteCopiesForGood(vanished, 1, 2, 3, 4);
  const { code, out, error } = await verify('--all', '--against', before);
  rmSync(folder, { recursive: true });
  expect(code).toBe(1);
  expect(out).toMatch(new RegExp(`chain of ${kept} is whole: 4 events`));
  expect(out).toMatch(new RegExp(`chain of ${gone} is broken: event 1 and all behind it were cut off`));
  expect(out).toMatch(new RegExp(`chain of ${vanished} is broken: event 1 and all behind it were cut off`));
  expect(error).toMatch(/of \d+ audit chains are broken/);
  // The registry has lost them: they are no longer anybody's but the auditor's.
  expect((await said('--as', 'operator', 'audit', gone)).error).toMatch(/there is no model/);
});

test.each([[['verify', '--all', 'a']], [['--all']], [['a', 'b']], [[]]])(
  'audit %j is called wrongly',
  async (words) => {
    expect((await said('audit', ...words)).code).toBe(2);
  },
);

test('what the streams gave up is copied and published again as the runbook says', async () => {
  const model = await audited('again');
  await deleteCopiesForGood(model, 2, 3);
  expect(await invoked('AuditVaultCopy', { model })).toEqual({ copied: 2, conflicts: 0, forged: 0 });
  expect((await verify(model)).code).toBe(0);
  await rewriteFrom(model, 4);
  expect(await invoked('AuditVaultCopy', { model, after: 2 })).toEqual({ copied: 0, conflicts: 1, forged: 0 });
  // A change of policy is for the record only.
  expect(await invoked('RegistryPublish', { model })).toEqual({ published: 0 });
  expect(await invoked('RegistryPublish', { model, after: -1 })).toHaveProperty('errorMessage');
});

test('the vault cannot be written, deleted from or unlocked, whatever an identity’s own policy allows', async () => {
  const model = await audited('locked');
  const administrator = await s3Administrator();
  const copy = copyAt(model, 1);
  const { VersionId } = await s3.send(new HeadObjectCommand(copy));
  const denied = /denied|authorized/i;
  await expect(administrator.send(new PutObjectCommand({ ...copy, Body: '{}' }))).rejects.toThrow(denied);
  await expect(administrator.send(new PutObjectCommand({ ...copyAt(model, 9), Body: '{}' }))).rejects.toThrow(denied);
  const elsewhere = { Bucket: copy.Bucket, Key: 'tampered/1.json', Body: '{}' };
  await expect(administrator.send(new PutObjectCommand(elsewhere))).rejects.toThrow(denied);
  await expect(administrator.send(new DeleteObjectCommand(copy))).rejects.toThrow(denied);
  await expect(administrator.send(new DeleteObjectCommand({ ...copy, VersionId }))).rejects.toThrow(denied);
  const bypassing = { ...copy, VersionId, BypassGovernanceRetention: true };
  await expect(administrator.send(new DeleteObjectCommand(bypassing))).rejects.toThrow(denied);
  // Reading is nobody's harm.
  await administrator.send(new GetObjectCommand(copy));
  expect((await verify(model)).code).toBe(0);
});
