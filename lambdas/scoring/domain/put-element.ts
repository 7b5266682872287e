import type { Datatype } from '../../registry/contract';
import { fromHalf, toHalf } from './half-precision';
import { INTEGER_RANGES, isLong, LARGEST, LONG_RANGES, type TensorData } from './tensor';

/** What a cell should have been. */
export class Unfit {
  constructor(readonly expected: string) {}
}

/**
 * Writes a value as an element of a tensor; tells what is wrong, if anything is. Typed arrays wrap around and overflow
 * silently. With `isExact` no digit may be lost; otherwise a number is rounded to the nearest that a float type holds.
 */
export type Put = (
  target: TensorData,
  at: number,
  value: number | bigint | string,
  isExact: boolean,
) => Unfit | undefined;

const NO_NUMBER = new Unfit('a number, or levels and encode: ordinal in contender.yaml');

/** Numbers and bigints of the same value are equal, and NaN is what it is. */
const isSame = (stored: number, value: number | bigint): boolean =>
  typeof value === 'bigint' ? BigInt(stored) === value : stored === value || Number.isNaN(value);

const putFloat = (
  datatype: keyof typeof LARGEST,
  write: (target: TensorData, at: number, value: number) => number,
): Put => {
  const outside = new Unfit(`a value within ${datatype}'s range`);
  const inexact = new Unfit(`a whole number that ${datatype} holds with every digit`);
  return (target, at, value, isExact) => {
    if (typeof value === 'string') return NO_NUMBER;
    const number = Number(value);
    // What lies between the largest and the next that there would be rounds to a finite number, too.
    if (Math.abs(number) > LARGEST[datatype]) return outside;
    const stored = write(target, at, number);
    return isExact && !isSame(stored, value) ? inexact : undefined;
  };
};

const writeFloat = (target: TensorData, at: number, value: number): number => {
  target[at] = value;
  return target[at] as number;
};

const writeHalf = (target: TensorData, at: number, value: number): number => {
  target[at] = toHalf(value);
  return fromHalf(target[at] as number);
};

const putInteger = (datatype: keyof typeof INTEGER_RANGES): Put => {
  const { min, max } = INTEGER_RANGES[datatype];
  const fraction = new Unfit(`a whole number (${datatype})`);
  const outside = new Unfit(`a value within ${datatype}'s range`);
  return (target, at, value) => {
    if (typeof value === 'string') return NO_NUMBER;
    if (typeof value === 'number' && !Number.isInteger(value)) return fraction;
    if (value < min || value > max) return outside;
    target[at] = Number(value);
    return undefined;
  };
};

const putLong = (datatype: keyof typeof LONG_RANGES): Put => {
  const { min, max } = LONG_RANGES[datatype];
  const fraction = new Unfit(`a whole number (${datatype})`);
  const outside = new Unfit(`a value within ${datatype}'s range`);
  return (target, at, value) => {
    if (typeof value === 'string') return NO_NUMBER;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return fraction;
    const whole = BigInt(value);
    if (whole < min || whole > max) return outside;
    target[at] = whole;
    return undefined;
  };
};

const putText: Put = (target, at, value) => {
  target[at] = String(value);
  return undefined;
};

export const putInto = (datatype: Datatype): Put => {
  if (datatype === 'BYTES') return putText;
  if (datatype === 'FP16') return putFloat(datatype, writeHalf);
  if (datatype === 'FP32' || datatype === 'FP64') return putFloat(datatype, writeFloat);
  return isLong(datatype) ? putLong(datatype) : putInteger(datatype);
};
