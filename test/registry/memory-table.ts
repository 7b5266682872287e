import type * as z from 'zod';
import type { Page, PageQuery } from '../../lambdas/kernel/contract';
import { Conflict } from '../../lambdas/kernel/errors';
import type { Change, RegistryTable, TransactWrite } from '../../lambdas/registry/adapters/registry-table';
import type { AuditEntry } from '../../lambdas/registry/schemas/audit-entry';

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

const keyOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => `${pk}\n${sk}`;

/** The conditions that registrations and notes write under; any other fails the test. */
const holds = (condition: string | undefined, values: Readonly<Record<string, unknown>>, item: Item | undefined) =>
  condition === undefined ||
  condition.split(' AND ').every((part) => {
    const [, exists, attribute = ''] = /^attribute_(not_exists|exists)\((\w+)\)$/.exec(part) ?? [];
    if (exists !== undefined) return (item?.[attribute] !== undefined) === (exists === 'exists');
    const [, name = '', value = ''] = /^(\w+) = (:\w+)$/.exec(part) ?? [];
    if (name === '') throw new Error(`a condition that this table does not know: ${part}`);
    return item !== undefined && JSON.stringify(item[name]) === JSON.stringify(values[value]);
  });

/** The registry's table in memory: transactions under conditions, queries in order, an index that is never behind. */
class MemoryTable {
  readonly tableName = 'registry';
  readonly items = new Map<string, Item>();
  readonly audit: AuditEntry[] = [];
  /** Gets and queries so far. */
  reads = 0;

  private found(filter: (item: Item) => boolean, by: (item: Item) => string = ({ sk }) => sk): Item[] {
    this.reads++;
    return [...this.items.values()].filter(filter).sort((a, b) => (by(a) < by(b) ? -1 : 1));
  }

  private static pageOf<S extends z.ZodType>(items: readonly Item[], schema: S, limit: number): Page<z.output<S>> {
    const page = items.slice(0, limit);
    const last = page.at(-1);
    const cursor = last && items.length > limit ? { cursor: JSON.stringify(last) } : {};
    return { items: page.map((item) => schema.parse(item)), ...cursor };
  }

  async get<S extends z.ZodType>(key: { pk: string; sk: string }, schema: S): Promise<z.output<S> | undefined> {
    this.reads++;
    await new Promise((resolve) => setImmediate(resolve));
    const item = this.items.get(keyOf(key));
    return item && schema.parse(item);
  }

  async all<S extends z.ZodType>(pk: string, prefix: string, schema: S): Promise<z.output<S>[]> {
    return this.found((item) => item.pk === pk && item.sk.startsWith(prefix)).map((item) => schema.parse(item));
  }

  async between<S extends z.ZodType>(pk: string, from: string, to: string, schema: S): Promise<z.output<S>[]> {
    return this.found((item) => item.pk === pk && item.sk >= from && item.sk <= to).map((item) => schema.parse(item));
  }

  async page<S extends z.ZodType>(pk: string, prefix: string, schema: S, { limit, cursor }: PageQuery) {
    const before = cursor === undefined ? '\uffff' : JSON.parse(cursor).sk;
    const found = this.found((item) => item.pk === pk && item.sk.startsWith(prefix) && item.sk < before).reverse();
    return MemoryTable.pageOf(found, schema, limit);
  }

  async following<S extends z.ZodType>(
    pk: string,
    prefix: string,
    schema: S,
    { after = '', limit }: { readonly after?: string | undefined; readonly limit: number },
  ) {
    const found = this.found((item) => item.pk === pk && item.sk.startsWith(prefix) && item.sk > after);
    return MemoryTable.pageOf(found, schema, limit).items;
  }

  async list<S extends z.ZodType>(
    list: string,
    schema: S,
    { limit, cursor }: PageQuery,
    { reversed = false, prefix = '' }: { readonly reversed?: boolean; readonly prefix?: string } = {},
  ) {
    const at = cursor === undefined ? undefined : String(JSON.parse(cursor).listSk);
    const isBehind = (sk: string) => at === undefined || (reversed ? sk < at : sk > at);
    const found = this.found(
      ({ listPk, listSk }) => listPk === list && String(listSk).startsWith(prefix) && isBehind(String(listSk)),
      ({ listSk }) => String(listSk),
    );
    return MemoryTable.pageOf(reversed ? found.reverse() : found, schema, limit);
  }

  cursorAt(key: Readonly<Record<string, string>>): string {
    return JSON.stringify(key);
  }

  async commit({ audit, writes }: Change): Promise<void> {
    await this.write(writes);
    this.audit.push(audit);
  }

  private check({ Put, Delete, Update, ConditionCheck }: TransactWrite): void {
    const given = Put ?? Delete ?? Update ?? ConditionCheck;
    const key = (Put?.Item ?? Delete?.Key ?? Update?.Key ?? ConditionCheck?.Key) as Item | undefined;
    if (given === undefined || key === undefined) throw new Error('a write that this table does not know');
    if (!holds(given.ConditionExpression, given.ExpressionAttributeValues ?? {}, this.items.get(keyOf(key))))
      throw new Conflict('the row changed meanwhile');
  }

  async write(writes: readonly TransactWrite[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const write of writes) this.check(write);
    for (const { Put, Delete, Update } of writes) {
      if (Put) this.items.set(keyOf(Put.Item as Item), JSON.parse(JSON.stringify(Put.Item)));
      if (Delete) this.items.delete(keyOf(Delete.Key as Item));
      if (Update) this.update(Update);
    }
  }

  /** Attributes that are set where they are not there yet. */
  private update(update: NonNullable<TransactWrite['Update']>): void {
    const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = update;
    const key = update.Key as Item;
    const item: Record<string, unknown> = { ...key, ...this.items.get(keyOf(key)) };
    for (const part of (update.UpdateExpression ?? '').replace(/^SET /, '').split(/, (?=#)/)) {
      const [, name = '', value = ''] = /^(#\w+) = if_not_exists\(#\w+, (:\w+)\)$/.exec(part) ?? [];
      if (name === '') throw new Error(`an update that this table does not know: ${part}`);
      item[names[name] ?? ''] ??= values[value];
    }
    this.items.set(keyOf(key), item as Item);
  }
}

export const memoryTable = (): RegistryTable & MemoryTable =>
  new MemoryTable() as unknown as RegistryTable & MemoryTable;
