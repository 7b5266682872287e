import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import { S3AuditCopies } from '../../lambdas/registry/adapters/s3-audit-copies';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { chainOf } from './audited';
import { FakeBucket } from './fake-bucket';

const AT = 1_000_000;
const events = chainOf(Array.from({ length: 9 }, (_, i) => ({ at: AT + i, reason: String(i) })));
const [first] = events as [AuditEvent];
const keyAt = (sequence: number, model = 'credit') => `audit/${model}/${String(sequence).padStart(10, '0')}.json`;

let bucket: FakeBucket;
let vault: S3AuditCopies;
beforeEach(() => {
  bucket = new FakeBucket();
  vault = new S3AuditCopies(bucket.client, 'vault');
});

const allOf = async (limit: number): Promise<AuditCopy[]> => {
  const found: AuditCopy[] = [];
  let cursor: string | undefined;
  do {
    const page = await vault.page('Credit', { limit, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
};

test.each([1, 2, 4, 200])('copies come in order with when they were made, in pages of %d', async (limit) => {
  for (const event of events) await vault.put(event);
  expect(await allOf(limit)).toEqual(
    events.map((event) => ({ sequence: event.sequence, event, writes: 1, deleted: false, copiedAt: AT })),
  );
});

test('a copy is read as it was first written, with what was done to it since', async () => {
  for (const event of events) await vault.put(event);
  bucket.write(keyAt(2), '{}');
  bucket.write(keyAt(2), '{"again":true}');
  bucket.write(keyAt(4), '', true);
  bucket.write(keyAt(5), '', true);
  bucket.write(keyAt(5), 'another');
  const found = await allOf(2);
  expect(found).toHaveLength(9);
  expect(found[1]).toMatchObject({ event: events[1], writes: 3, deleted: false });
  expect(found[3]).toMatchObject({ event: events[3], writes: 1, deleted: true });
  expect(found[4]).toMatchObject({ event: events[4], writes: 2, deleted: true });
});

test('what is no event, or too large for one, is no copy; keys that no copy has are told apart', async () => {
  bucket.write(keyAt(1), 'no JSON');
  bucket.write(keyAt(2), `"${'x'.repeat(1_000_000)}"`);
  const strays = ['audit/credit/0000000000.json', 'audit/credit/0000000002.json.bak', 'audit/credit/3.json'];
  for (const key of strays) bucket.write(key, canonicalJson(first));
  const page = await vault.page('credit', { limit: 10 });
  expect(page.items.map(({ sequence, event }) => [sequence, event])).toEqual([
    [1, null],
    [2, null],
  ]);
  expect(page.strays).toEqual(strays);
});

test('a page of large copies ends before it is too large to be answered', async () => {
  const large = chainOf(Array.from({ length: 5 }, (_, i) => ({ at: AT, reason: `${i}`.repeat(900_000) })));
  for (const event of large) await vault.put(event);
  expect((await vault.page('credit', { limit: 200 })).items.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect((await allOf(200)).map(({ event }) => event)).toEqual(large);
});

test('models are found by their copies, even if all were deleted, and however the pages fall', async () => {
  const names = ['a', 'a-b', 'a.b', 'a0', 'b', 'gone'];
  for (const name of names)
    for (const event of chainOf(
      [
        { at: 1, reason: '' },
        { at: 2, reason: '' },
      ],
      name,
    ))
      await vault.put(event);
  bucket.write(keyAt(1, 'gone'), '', true);
  bucket.write(keyAt(2, 'gone'), '', true);
  bucket.write('audit/Credit/0000000001.json', 'x');
  bucket.write('audit/loose.json', 'x');
  for (const limit of [1, 2, 3, 200]) {
    const found: string[] = [];
    const strays: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await vault.models({ limit, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.items.map(({ model }) => model));
      strays.push(...(page.strays ?? []));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found.sort()).toEqual(names);
    expect(strays.sort()).toEqual(['audit/Credit/', 'audit/loose.json']);
  }
});

test('a write that meets another one is tried again, and says what lies there in the end', async () => {
  bucket.busy = 3;
  expect(await vault.put(first)).toBe('copied');
  expect(await vault.put(first)).toBe('known');
  bucket.busy = 5;
  await expect(vault.put(events[1] as AuditEvent)).rejects.toMatchObject({ name: 'ConditionalRequestConflict' });
});

test('another event in the place of a copy is a conflict, and the copy stays', async () => {
  await vault.put(first);
  const [forged] = chainOf([{ at: 7, reason: 'forged' }]) as [AuditEvent];
  expect(await vault.put(forged)).toBe('conflict');
  expect(bucket.versions.get(keyAt(1))).toHaveLength(1);
});
