import * as z from 'zod';

/**
 * What something is sorted by: a value, a number that is none, or nothing. Values come first, in either direction; nothing
 * comes last, as with MLflow. Numbers are kept as texts, for Infinity has no place in JSON.
 */
export const sortKeySchema = z.union([
  z.tuple([z.literal('number'), z.string()]),
  z.tuple([z.literal('text'), z.string()]),
  z.literal('nan'),
  z.literal('none'),
]);
export type SortKey = z.infer<typeof sortKeySchema>;

export const sortKeyOf = (value: string | number | undefined): SortKey => {
  if (value === undefined) return 'none';
  if (typeof value === 'string') return ['text', value];
  return Number.isNaN(value) ? 'nan' : ['number', String(value)];
};

const RANK = { value: 0, nan: 1, none: 2 } as const;
const rankOf = (key: SortKey): number => RANK[typeof key === 'string' ? key : 'value'];

const compareKeys = (a: SortKey, b: SortKey, direction: Direction): number => {
  if (typeof a === 'string' || typeof b === 'string') return rankOf(a) - rankOf(b);
  const [ofA, ofB] = a[0] === 'number' ? [Number(a[1]), Number(b[1])] : [a[1], b[1]];
  if (ofA === ofB) return 0;
  return direction * (ofA < ofB ? -1 : 1);
};

/** 1: ascending. */
export type Direction = 1 | -1;

/** A row with its keys, one for each direction, and its id, by which rows differ that are otherwise the same. */
export interface Sortable {
  readonly keys: readonly SortKey[];
  readonly id: string;
}

/** An order over all rows: no two are the same. */
export const compareBy =
  (directions: readonly Direction[]) =>
  (a: Sortable, b: Sortable): number => {
    for (const [i, direction] of directions.entries()) {
      const found = compareKeys(a.keys[i] ?? 'none', b.keys[i] ?? 'none', direction);
      if (found !== 0) return found;
    }
    return a.id < b.id ? -1 : Number(a.id !== b.id);
  };
