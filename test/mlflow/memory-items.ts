import type { Condition, Item, Items, Key, Range, Refused, Write } from '../../lambdas/mlflow/ports';

const bytes = (text: unknown): Buffer => Buffer.from(String(text));

const holds = (found: Item | undefined, next: Item, when: Condition | undefined): boolean => {
  switch (when?.kind) {
    case undefined:
      return true;
    case 'absent':
      return found === undefined;
    case 'same':
      return found?.[when.attribute] === undefined || found[when.attribute] === next[when.attribute];
    case 'below':
      return (
        found?.[when.attribute] === undefined ||
        Buffer.compare(bytes(found[when.attribute]), bytes(next[when.attribute])) < 0
      );
    case 'generation':
      return (found?.generation ?? 0) === when.is;
  }
};

/** The table as far as the tracking half needs it; it keeps what DynamoDB keeps of sizes and order. */
export class MemoryItems implements Items {
  private readonly partitions = new Map<string, Map<string, Item>>();
  /** Reads and writes since the last reset. */
  calls = 0;
  /** Fails the call of that number, counted from now; a crash in the middle of things. */
  failAt = Number.POSITIVE_INFINITY;

  private step(): void {
    this.calls++;
    if (--this.failAt === 0) throw new Error('crash');
  }

  async get(key: Key): Promise<Item | undefined> {
    this.step();
    return this.find(key);
  }

  async many(keys: readonly Key[]): Promise<Item[]> {
    this.step();
    return keys.flatMap((key) => this.find(key) ?? []);
  }

  async all(pk: string, prefix = ''): Promise<Item[]> {
    this.step();
    return this.partition(pk).filter(({ sk }) => sk.startsWith(prefix));
  }

  async between(pk: string, { from, to, backwards, limit }: Range): Promise<Item[]> {
    this.step();
    const found = this.partition(pk).filter(({ sk }) => sk >= from && sk <= to);
    return (backwards ? found.reverse() : found).slice(0, limit);
  }

  async putAll(items: readonly Item[]): Promise<void> {
    // Each by itself: a crash leaves some of them.
    for (const item of items) {
      this.step();
      this.put(item);
    }
  }

  async write(writes: readonly Write[]): Promise<readonly Refused[]> {
    this.step();
    if (writes.length > 100) throw new Error('a transaction takes 100 writes');
    const refused = writes.flatMap((write): Refused[] => {
      if (write.kind === 'delete') return [];
      const found = this.find(write.item);
      return holds(found, write.item, write.when) ? [] : [{ write, found }];
    });
    if (refused.length > 0) return refused;
    for (const write of writes) {
      if (write.kind === 'put') this.put(write.item);
      else this.partitions.get(write.key.pk)?.delete(write.key.sk);
    }
    return [];
  }

  async change(key: Key, attributes: Readonly<Record<string, unknown>>): Promise<boolean> {
    this.step();
    const found = this.find(key);
    if (found === undefined) return false;
    this.put({ ...found, ...attributes });
    return true;
  }

  /** All there is, for comparison. */
  snapshot(): readonly Item[] {
    return [...this.partitions.keys()].sort().flatMap((pk) => this.partition(pk));
  }

  private put(item: Item): void {
    if (bytes(item.pk).length > 2048 || bytes(item.sk).length > 1024) throw new Error(`the key ${item.sk} is too long`);
    if (bytes(JSON.stringify(item)).length > 400_000) throw new Error('an item has 400 KB at most');
    const partition = this.partitions.get(item.pk) ?? new Map<string, Item>();
    this.partitions.set(item.pk, partition.set(item.sk, JSON.parse(JSON.stringify(item))));
  }

  private find({ pk, sk }: Key): Item | undefined {
    return this.partitions.get(pk)?.get(sk);
  }

  private partition(pk: string): Item[] {
    const items = [...(this.partitions.get(pk)?.values() ?? [])];
    return items.sort((a, b) => Buffer.compare(bytes(a.sk), bytes(b.sk)));
  }
}
