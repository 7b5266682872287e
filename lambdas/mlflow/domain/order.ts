import { invalid } from './refusal';

/** What registry searches are ordered by. */
export type OrderKey = 'name' | 'version_number' | 'creation_timestamp' | 'last_updated_timestamp';
export type OrderValue = string | number;

export interface OrderTerm {
  readonly key: OrderKey;
  readonly descending: boolean;
}
export type Order = readonly OrderTerm[];

/** Values of a row by the keys that it is ordered by. */
export type OrderValues = Readonly<Partial<Record<OrderKey, OrderValue>>>;

export interface Orderable {
  readonly what: 'registered models' | 'model versions';
  readonly keys: readonly OrderKey[];
  /** What decides between rows that are equal by all that was asked: it tells every two rows apart. */
  readonly ties: Order;
  /** Where nothing is asked. */
  readonly usual: Order;
}

const ascending = (key: OrderKey): OrderTerm => ({ key, descending: false });
const descending = (key: OrderKey): OrderTerm => ({ key, descending: true });

/** Orders as MLflow's server knows them. */
export const MODELS: Orderable = {
  what: 'registered models',
  keys: ['name', 'creation_timestamp', 'last_updated_timestamp'],
  ties: [ascending('name')],
  usual: [ascending('name')],
};
export const VERSIONS: Orderable = {
  what: 'model versions',
  keys: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  ties: [ascending('name'), descending('version_number')],
  usual: [descending('last_updated_timestamp'), ascending('name'), descending('version_number')],
};

/** Another name that the server has for it. */
const SYNONYMS: Readonly<Record<string, OrderKey>> = { timestamp: 'last_updated_timestamp' };

const termOf = (text: string, { what, keys }: Orderable): OrderTerm => {
  const [, name = '', direction = 'asc'] =
    /^(?:attr(?:ibutes?)?\.)?[`"]?(\w+)[`"]?(?:\s+(asc|desc))?$/i.exec(text.trim()) ?? [];
  const key = SYNONYMS[name] ?? keys.find((one) => one === name);
  if (key === undefined)
    throw invalid(
      `order_by ${text.slice(0, 100)} is not understood: ${what} go by ${keys.join(', ')}, each with ASC or DESC behind it`,
    );
  return { key, descending: direction.toLowerCase() === 'desc' };
};

/**
 * The order that is asked for, completed so that no two rows are equal; undefined where none is.
 * @throws Refusal INVALID_PARAMETER_VALUE that lists the keys, or names one that comes twice
 */
export const parseOrder = (asked: readonly string[], orderable: Orderable): Order | undefined => {
  const terms = asked.filter((text) => text.trim() !== '').map((text) => termOf(text, orderable));
  if (terms.length === 0) return undefined;
  const keys = terms.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw invalid(`order_by has ${twice} twice; name each key once`);
  return [...terms, ...orderable.ties.filter(({ key }) => !keys.includes(key))];
};

export const orderText = (order: Order): string =>
  order.map(({ key, descending: isDescending }) => `${key} ${isDescending ? 'DESC' : 'ASC'}`).join(', ');

/** Names are unique without regard to case, and the registry keeps them so. */
const comparable = (value: OrderValue | undefined): OrderValue =>
  typeof value === 'string' ? value.toLowerCase() : (value ?? 0);

export const compareBy =
  (order: Order) =>
  (a: OrderValues, b: OrderValues): number => {
    for (const { key, descending: isDescending } of order) {
      const [ofA, ofB] = [comparable(a[key]), comparable(b[key])];
      if (ofA !== ofB) return ofA < ofB === isDescending ? 1 : -1;
    }
    return 0;
  };
