import fc from 'fast-check';
import { InvalidInput } from '../../lambdas/kernel/errors';
import { decodePosition, type Position, walkLineage } from '../../lambdas/registry/walk-lineage';
import { FakeLineage, LOANS, versionOf } from './lineage-world';

const index = { kind: 'dataset', dataset: LOANS } as const;

const walk = async (store: FakeLineage, limit: number, transitive = true, prune?: string) => {
  const found: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const visit = async ({ model, at }: Position) =>
      model === prune ? ('prune' as const) : { name: `${model}/${at}` };
    const from = cursor === undefined ? undefined : decodePosition(cursor);
    const page = await walkLineage({ forest: { index, transitive }, from, limit, visit }, store);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ name }) => name));
    cursor = page.cursor;
    expect(++pages).toBeLessThan(1000);
  } while (cursor !== undefined);
  return found;
};

/** A model's versions: which were trained on the dataset themselves, and which were made from which. */
const histories = fc.array(fc.record({ direct: fc.boolean(), parent: fc.integer({ min: 1, max: 14 }) }), {
  maxLength: 12,
});

test('a walk comes to every version that rests on the dataset once, whatever the pages', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: 1, max: 5 }), async (history, limit) => {
      const store = new FakeLineage();
      const affected = new Set<number>();
      history.forEach(({ direct, parent }, i) => {
        store.add(versionOf(i + 1, { parent, datasets: direct ? [LOANS] : [] }));
        // A parent that is no older is none: that also keeps circles out.
        if (direct || (parent < i + 1 && affected.has(parent))) affected.add(i + 1);
      });
      const found = await walk(store, limit);
      expect([...found].sort()).toEqual([...affected].map((n) => `wage/${n}`).sort());
    }),
  );
});

test('without descendants only versions that were trained on it themselves are found', async () => {
  const store = new FakeLineage();
  store.add(versionOf(1, { datasets: [LOANS] }), versionOf(2, { parent: 1 }), versionOf(3, { datasets: [LOANS] }));
  expect(await walk(store, 10, false)).toEqual(['wage/1', 'wage/3']);
  expect(await walk(store, 10)).toEqual(['wage/1', 'wage/2', 'wage/3']);
});

test('what a caller may not read is left out with all that was made from it', async () => {
  const store = new FakeLineage();
  store.add(versionOf(1, { datasets: [LOANS] }), versionOf(2, { parent: 1 }));
  store.add(versionOf(1, { model: 'secret', datasets: [LOANS] }), versionOf(2, { model: 'secret', parent: 1 }));
  expect(await walk(store, 10, true, 'secret')).toEqual(['wage/1', 'wage/2']);
});

test('a page that finds nothing ends after a bounded number of reads, and the next goes on', async () => {
  const store = new FakeLineage();
  store.add(versionOf(1, { datasets: [LOANS] }));
  for (let n = 2; n <= 1200; n++) store.add(versionOf(n, { parent: n - 1 }));
  const visit = async ({ at }: Position) => (at === 1200 ? { at } : undefined);
  const pages: Array<{ items: object[]; cursor?: string }> = [];
  let cursor: string | undefined;
  do {
    store.reads = 0;
    const from = cursor === undefined ? undefined : decodePosition(cursor);
    const page = await walkLineage({ forest: { index, transitive: true }, from, limit: 10, visit }, store);
    expect(store.reads).toBeLessThanOrEqual(1500);
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(pages.length).toBeGreaterThan(2);
  expect(pages.flatMap(({ items }) => items)).toEqual([{ at: 1200 }]);
});

test.each(['x', Buffer.from('{"model":"wage"}').toString('base64url'), ''])(
  'the foreign cursor "%s" is refused',
  (cursor) => {
    expect(() => decodePosition(cursor)).toThrow(InvalidInput);
  },
);

test('versions that were trained on the dataset are read a page at a time, and not one by one', async () => {
  const store = new FakeLineage();
  for (let version = 1; version <= 60; version++) store.add(versionOf(version, { datasets: [LOANS] }));
  expect(await walk(store, 20, false)).toHaveLength(60);
  expect(store.reads).toBeLessThanOrEqual(5);
});
