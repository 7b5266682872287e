import type { Cell, CellKind } from './cell-kind';

/** What tools write for "no value" where a number belongs. A text may well be NA, so for texts only the empty cell is. */
const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None']);

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  '1': true,
  '0': false,
  '1.0': true,
  '0.0': false,
};

/** What may not be taken for a number: JavaScript reads hexadecimal and the like, no tool writes them. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;

const numberOf = (text: string): number | undefined => {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
};

const longOf = (text: string): number | bigint | undefined => {
  const value = numberOf(text);
  return Number.isSafeInteger(value) || !WHOLE.test(text) ? value : BigInt(text.replace('+', ''));
};

const booleanOf = (text: string): boolean | undefined => {
  const key = text.toLowerCase();
  return Object.hasOwn(BOOLEANS, key) ? BOOLEANS[key] : undefined;
};

const READERS = {
  boolean: booleanOf,
  integer: numberOf,
  long: longOf,
  number: numberOf,
} as const satisfies Partial<Record<CellKind, unknown>>;

/** What a text that is none should have been. */
export const EXPECTED_TEXT: Readonly<Record<CellKind, string>> = {
  text: 'a text',
  boolean: 'true or false',
  integer: 'a number',
  long: 'a number',
  number: 'a number',
};

/**
 * A cell of a CSV file, the same in evaluation and at the endpoint: spaces around it do not count.
 * @returns null where it is missing, undefined where it is no cell of that kind
 */
export const cellOfText = (cell: string, kind: CellKind): Cell | undefined => {
  const text = cell.trim();
  if (kind === 'text') return text === '' ? null : text;
  return MISSING.has(text) ? null : READERS[kind](text);
};
