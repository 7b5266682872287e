import { isUtf8 } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';
import { InvalidInput } from '../../kernel/errors';

/** A request's body, as text where the transport has decoded it already. */
export type Body = string | Buffer;

/** @throws InvalidInput when the bytes are no UTF-8. */
export const textOf = (body: Body): string => {
  if (typeof body === 'string') return body;
  if (!isUtf8(body)) throw new InvalidInput('the body is not UTF-8; send JSON and CSV in UTF-8');
  return body.toString('utf8');
};

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** Colons outside of strings: one for each key that was written. */
const keysWritten = (json: string): number => {
  let keys = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === BACKSLASH && isInString) at++;
    else if (code === QUOTE) isInString = !isInString;
    else if (code === COLON && !isInString) keys++;
  }
  return keys;
};

const colonsIn = (text: string): number => {
  let colons = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) colons++;
  return colons;
};

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Keys of all objects within a value; `isQuick` passes over lists that begin with a number or text, and may miss some. */
const keysOf = (value: unknown, isQuick: boolean): number => {
  let keys = 0;
  const pending = isContainer(value) ? [value] : [];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const inner: readonly unknown[] = Array.isArray(part) ? part : Object.values(part);
    if (inner !== part) keys += inner.length;
    else if (isQuick && !isContainer(inner[0])) continue;
    for (const one of inner) if (isContainer(one)) pending.push(one);
  }
  return keys;
};

const refuseDuplicate = ({ key }: { key: string }): never => {
  throw new InvalidInput(`the key "${key.slice(0, 80)}" is given twice in one object`);
};

/** JSON.parse takes the last of two keys and says nothing; which was meant, nobody knows. */
const checkKeys = (text: string, value: unknown): void => {
  // Never more keys than were written, nor more of these than colons: equality settles it, and only equality does.
  if (colonsIn(text) === keysOf(value, true) || keysWritten(text) === keysOf(value, false)) return;
  parseLossless(text, undefined, { parseNumber: Number, onDuplicateKey: refuseDuplicate });
  throw new InvalidInput('the body names a key twice in one object');
};

/** A whole number of 16 digits and more: JSON.parse would round it. */
const LONG_INTEGER = /[[,:\s-]\d{16,}(?=[\s,\]}])/;

const exactNumber = (text: string): number | bigint => {
  const value = Number(text);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text);
};

const parsed = (text: string, exactIntegers: boolean): unknown => {
  if (!exactIntegers || !LONG_INTEGER.test(text)) return JSON.parse(text);
  return parseLossless(text, undefined, { parseNumber: exactNumber, onDuplicateKey: refuseDuplicate });
};

const SYNTAX_SHOWN = 120;

/**
 * A JSON body.
 * @param exactIntegers whole numbers beyond 2⁵³ come as bigint; @default false, they are rounded
 * @throws InvalidInput for what is no JSON, is not UTF-8, nests too deeply, or names a key twice in one object.
 */
export const parseJson = (body: Body, { exactIntegers = false } = {}): unknown => {
  const text = textOf(body);
  let value: unknown;
  try {
    value = parsed(text, exactIntegers);
    checkKeys(text, value);
  } catch (cause) {
    if (cause instanceof InvalidInput) throw cause;
    if (cause instanceof RangeError) throw new InvalidInput('the body nests too deeply', { cause });
    const hint = /\b(NaN|Infinity)\b/.test(text) ? '; NaN and Infinity are no JSON: write null' : '';
    throw new InvalidInput(`the body is no JSON: ${(cause as Error).message.slice(0, SYNTAX_SHOWN)}${hint}`, { cause });
  }
  return value;
};
