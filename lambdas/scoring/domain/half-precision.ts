import type { TensorData } from './tensor';

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
const FRACTION_BITS = 10;
const EXPONENT_BIAS = 15;
const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;
/** From here on a value rounds to infinity: halfway between the largest half, 65504, and the next power of two. */
const OVERFLOW = 65_520;
/** Smallest step of subnormal halves, 2⁻²⁴. */
const SMALLEST = 2 ** -24;

/** Half an odd step goes to the even neighbour, as IEEE 754 rounds. */
const roundToEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
};

/** The bits of the half nearest to a number. Every half comes back as itself. */
export const toHalf = (value: number): number => {
  if (Number.isNaN(value)) return QUIET_NAN;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | INFINITY;
  // Subnormals, and the first normal ones, are multiples of one step.
  if (size < 2 ** (2 - EXPONENT_BIAS)) return sign | roundToEven(size / SMALLEST);
  const exponent = Math.floor(Math.log2(size));
  // A fraction that rounds up to 2 carries into the exponent by itself.
  const fraction = roundToEven((size / 2 ** exponent - 1) * 2 ** FRACTION_BITS);
  return sign | (((exponent + EXPONENT_BIAS) << FRACTION_BITS) + fraction);
};

/** The number that the bits of a half stand for, exactly. */
export const fromHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & INFINITY) >> FRACTION_BITS;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * SMALLEST;
  return sign * (1 + fraction / 2 ** FRACTION_BITS) * 2 ** (exponent - EXPONENT_BIAS);
};

/** The numbers that the elements of a FP16 tensor stand for. */
export const fromHalves = (data: TensorData): Float64Array => Float64Array.from(data as Uint16Array, fromHalf);
