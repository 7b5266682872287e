import type { Condition } from './filter';
import { invalid } from './refusal';

/** What conditions are held against. */
export interface Searchable {
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, string>>;
}

/**
 * SQL's LIKE: % for any text, _ for any character. On a mismatch only the last % takes more: a regular expression would try
 * them all, for hours.
 */
const isLike = (text: string, pattern: string): boolean => {
  const [letters, wanted] = [[...text], [...pattern]];
  let [at, of] = [0, 0];
  let retry: { at: number; of: number } | undefined;
  while (at < letters.length) {
    if (wanted[of] === '%') {
      retry = { at, of: ++of };
    } else if (wanted[of] === '_' || wanted[of] === letters[at]) {
      at++;
      of++;
    } else if (retry !== undefined) {
      at = ++retry.at;
      of = retry.of;
    } else return false;
  }
  return wanted.slice(of).every((rest) => rest === '%');
};

type Value = string | number | undefined;

/** What people wrote, and not what every object has, such as `constructor`. */
const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

const foundIn = ({ kind, key }: Condition, item: Searchable): Value => {
  switch (kind) {
    case 'attribute':
      if (!Object.hasOwn(item.attributes, key)) {
        throw invalid(
          `there is no attribute ${key} to search by; there are ${Object.keys(item.attributes).join(', ')}`,
        );
      }
      return item.attributes[key];
    case 'tag':
      return own(item.tags, key);
    case 'metric':
      return own(item.metrics, key);
    case 'param':
      return own(item.params, key);
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
      return isLike(String(value), String(wanted));
    case 'ILIKE':
      return isLike(String(value).toLowerCase(), String(wanted).toLowerCase());
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

/** Clients ask with it for what is no prompt, of models that were never told so. */
const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** As in SQL, nothing is said of what is not there: it is neither equal nor unequal. */
const matches = (condition: Condition, item: Searchable): boolean => {
  const isPrompt = condition.kind === 'tag' && condition.key === PROMPT_TAG;
  const value = foundIn(condition, item) ?? (isPrompt ? 'false' : undefined);
  if (value === undefined) return condition.operator === 'IS NULL';
  return compare(value, condition);
};

/** @throws Refusal for an attribute that there is not */
export const matchesAll = (conditions: readonly Condition[], item: Searchable): boolean =>
  conditions.every((condition) => matches(condition, item));

/** What is searched, and by what. */
export interface Filterable {
  readonly what: string;
  readonly attributes: Readonly<Record<string, 'text' | 'number'>>;
}

const checkAttribute = ({ key, values }: Condition, { what, attributes }: Filterable): void => {
  const type = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (type === undefined)
    throw invalid(
      `there is no attribute ${key} to search by; ${what} have ${Object.keys(attributes).join(', ')}, and tags.<key>`,
    );
  const wrong = values.find((value) =>
    type === 'number' ? !Number.isFinite(Number(value)) : typeof value === 'number',
  );
  if (wrong !== undefined)
    throw invalid(
      `${key} is ${type === 'number' ? 'a number' : "a text, written in quotes such as 'x'"}, not ${wrong}`,
    );
};

/** @throws Refusal for what cannot be searched by, whether or not there is anything to find */
export const checkFilter = (conditions: readonly Condition[], filterable: Filterable): void => {
  for (const condition of conditions) {
    if (condition.kind === 'attribute') checkAttribute(condition, filterable);
    else if (condition.kind !== 'tag')
      throw invalid(`${filterable.what} have no ${condition.kind}s; they are searched by attributes and tags.<key>`);
  }
};

/** The one value that an attribute must have, where the filter pins it. */
export const pinnedTo = (conditions: readonly Condition[], key: string): string | undefined => {
  const found = conditions.find((one) => one.kind === 'attribute' && one.key === key && one.operator === '=');
  return found === undefined ? undefined : String(found.values[0] ?? '');
};

/** What a name must begin with for the filter to admit it, in lower case; nothing where it says nothing of that. */
export const namePrefix = (conditions: readonly Condition[]): string => {
  const prefixes = conditions.flatMap(({ kind, key, operator, values: [pattern] }) => {
    const isOfName = kind === 'attribute' && key === 'name' && (operator === 'LIKE' || operator === 'ILIKE');
    return isOfName ? [String(pattern).toLowerCase().split(/[%_]/)[0] ?? ''] : [];
  });
  return prefixes.reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), '');
};
