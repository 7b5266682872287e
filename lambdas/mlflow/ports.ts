/** An item of the registry's table. */
export type Item = Readonly<Record<string, unknown>> & Key;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * What must hold of the item that lies there, for another to take its place. `absent`: there is none. `same`: there is none, or
 * one with the same attribute. `below`: there is none, or one whose attribute sorts before the new one's. `generation`: it is
 * the one that was read; 0 where there is none yet.
 */
export type Condition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'same' | 'below'; readonly attribute: string }
  | { readonly kind: 'generation'; readonly is: number };

export type Write =
  | { readonly kind: 'put'; readonly item: Item; readonly when?: Condition }
  | { readonly kind: 'delete'; readonly key: Key };

/** A write whose condition did not hold, and the item that lies there. */
export interface Refused {
  readonly write: Write;
  readonly found: Item | undefined;
}

export interface Range {
  /** Sort keys, both included. */
  readonly from: string;
  readonly to: string;
  readonly backwards: boolean;
  readonly limit: number;
}

/** Gets, queries and conditional writes; nothing that looks through the whole table. Reads see every write before them. */
export interface Items {
  get(key: Key): Promise<Item | undefined>;
  /** Those that there are of these, in any order. */
  many(keys: readonly Key[]): Promise<Item[]>;
  /** All items of a partition whose sort key begins with `prefix`, in order. */
  all(pk: string, prefix?: string): Promise<Item[]>;
  between(pk: string, range: Range): Promise<Item[]>;
  /** Any number of items, whatever lies there; each by itself, so that whoever is interrupted puts them all again. */
  putAll(items: readonly Item[]): Promise<void>;
  /** Up to 100 writes, all or none. @returns the writes that were refused; none when all was written */
  write(writes: readonly Write[]): Promise<readonly Refused[]>;
  /** Sets attributes of an item. @returns false when there is none */
  change(key: Key, attributes: Readonly<Record<string, unknown>>): Promise<boolean>;
}
