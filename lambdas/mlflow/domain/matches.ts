import type { Condition } from './filter';
import { invalid } from './refusal';

/** What conditions are held against. */
export interface Searchable {
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, string>>;
}

/** SQL's LIKE: % for any text, _ for any character. */
const likeOf = (pattern: string, flags: string): RegExp => {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '[\\s\\S]*')
    .replaceAll('_', '[\\s\\S]');
  return new RegExp(`^${source}$`, flags);
};

type Value = string | number | undefined;

const foundIn = ({ kind, key }: Condition, item: Searchable): Value => {
  switch (kind) {
    case 'attribute':
      if (!(key in item.attributes)) {
        throw invalid(
          `there is no attribute ${key} to search by; there are ${Object.keys(item.attributes).join(', ')}`,
        );
      }
      return item.attributes[key];
    case 'tag':
      return item.tags[key];
    case 'metric':
      return item.metrics?.[key];
    case 'param':
      return item.params?.[key];
    case 'dataset':
      throw invalid('only runs are searched by their datasets');
  }
};

const order = (value: string | number, wanted: string | number): number => {
  if (typeof value === 'number') return value - Number(wanted);
  return value < String(wanted) ? -1 : Number(value > String(wanted));
};

const compare = (value: string | number, { operator, values }: Condition): boolean => {
  const [wanted = ''] = values;
  switch (operator) {
    case '=':
      return order(value, wanted) === 0;
    case '!=':
      return order(value, wanted) !== 0;
    case '<':
      return order(value, wanted) < 0;
    case '<=':
      return order(value, wanted) <= 0;
    case '>':
      return order(value, wanted) > 0;
    case '>=':
      return order(value, wanted) >= 0;
    case 'LIKE':
      return likeOf(String(wanted), '').test(String(value));
    case 'ILIKE':
      return likeOf(String(wanted), 'i').test(String(value));
    case 'IN':
      return values.some((one) => order(value, one) === 0);
    case 'NOT IN':
      return values.every((one) => order(value, one) !== 0);
    case 'IS NULL':
      return false;
    case 'IS NOT NULL':
      return true;
  }
};

/** What is not there is unequal to everything, and nothing else; so clients ask for what is no prompt by a tag that models lack. */
const matches = (condition: Condition, item: Searchable): boolean => {
  const value = foundIn(condition, item);
  if (value === undefined) return ['!=', 'NOT IN', 'IS NULL'].includes(condition.operator);
  return compare(value, condition);
};

/** @throws Refusal for an attribute that there is not */
export const matchesAll = (conditions: readonly Condition[], item: Searchable): boolean =>
  conditions.every((condition) => matches(condition, item));

/** The one value that an attribute must have, where the filter pins it. */
export const pinnedTo = (conditions: readonly Condition[], key: string): string | undefined => {
  const found = conditions.find((one) => one.kind === 'attribute' && one.key === key && one.operator === '=');
  return found === undefined ? undefined : String(found.values[0] ?? '');
};
