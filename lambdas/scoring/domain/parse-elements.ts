import { InvalidInput } from '../../kernel/errors';
import type { Datatype } from '../../registry/contract';
import { toHalf } from './half-precision';
import { allocate, INTEGER_RANGES, LARGEST, LONG_RANGES, showShape, type TensorData } from './tensor';

/** Says which element is wrong: `input age, element 3: …`. */
const fault = (where: string, index: number, expected: string, given: unknown): InvalidInput => {
  const shown = typeof given === 'bigint' ? String(given) : (JSON.stringify(given) ?? String(given));
  return new InvalidInput(`${where}, element ${index}: expected ${expected}, given ${shown.slice(0, 80)}`);
};

/** Writes elements from `start` on. */
type Fill<T extends TensorData> = (target: T, start: number, elements: readonly unknown[], where: string) => void;

type Numbers = Exclude<TensorData, string[] | BigInt64Array | BigUint64Array>;

type IntegerType = Exclude<keyof typeof INTEGER_RANGES, 'BOOL'>;

const integers =
  (datatype: IntegerType): Fill<Numbers> =>
  (target, start, elements, where) => {
    const { min, max } = INTEGER_RANGES[datatype];
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i];
      const at = start + i;
      if (typeof element !== 'number' || !Number.isInteger(element))
        throw fault(where, at, `a whole number (${datatype})`, element);
      if (element < min || element > max)
        throw fault(where, at, `a value in range (${datatype} is ${min} to ${max})`, element);
      target[at] = element;
    }
  };

const longs =
  (datatype: keyof typeof LONG_RANGES): Fill<BigInt64Array | BigUint64Array> =>
  (target, start, elements, where) => {
    const { min, max } = LONG_RANGES[datatype];
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i];
      const at = start + i;
      const isWhole = typeof element === 'bigint' || Number.isInteger(element);
      if (!isWhole) throw fault(where, at, `a whole number (${datatype})`, element);
      const value = BigInt(element as number | bigint);
      if (value < min || value > max)
        throw fault(where, at, `a value in range (${datatype} is ${min} to ${max})`, element);
      target[at] = value;
    }
  };

/** JSON has no NaN; null stands for it, in answers too. Undefined for what is no number. */
const numberOf = (element: unknown): number | undefined => {
  if (typeof element === 'number') return element;
  if (element === null) return Number.NaN;
  return typeof element === 'bigint' ? Number(element) : undefined;
};

const floats =
  (datatype: 'FP32' | 'FP64'): Fill<Numbers> =>
  (target, start, elements, where) => {
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i];
      const at = start + i;
      const value = numberOf(element);
      if (value === undefined) throw fault(where, at, `a number (${datatype})`, element);
      if (Math.abs(value) > LARGEST[datatype]) throw fault(where, at, `a number within ${datatype}'s range`, element);
      target[at] = value;
    }
  };

const halves: Fill<Numbers> = (target, start, elements, where) => {
  for (let i = 0; i < elements.length; i++) {
    const value = numberOf(elements[i]);
    if (value === undefined) throw fault(where, start + i, 'a number (FP16)', elements[i]);
    if (Math.abs(value) > LARGEST.FP16) throw fault(where, start + i, "a number within FP16's range", elements[i]);
    target[start + i] = toHalf(value);
  }
};

const booleans: Fill<Numbers> = (target, start, elements, where) => {
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (element === true || element === 1) target[start + i] = 1;
    else if (element === false || element === 0) target[start + i] = 0;
    else throw fault(where, start + i, 'true or false (BOOL)', element);
  }
};

const strings: Fill<string[]> = (target, start, elements, where) => {
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (typeof element !== 'string') throw fault(where, start + i, 'a string (BYTES)', element);
    target[start + i] = element;
  }
};

const FILLS = {
  BOOL: booleans,
  UINT8: integers('UINT8'),
  UINT16: integers('UINT16'),
  UINT32: integers('UINT32'),
  UINT64: longs('UINT64'),
  INT8: integers('INT8'),
  INT16: integers('INT16'),
  INT32: integers('INT32'),
  INT64: longs('INT64'),
  FP16: halves,
  FP32: floats('FP32'),
  FP64: floats('FP64'),
  BYTES: strings,
} as const satisfies Record<Datatype, unknown>;

/** Before anything is allocated for the shape that the data claim to have. */
const checkNesting = (part: unknown, shape: readonly number[], depth: number, where: string): void => {
  const size = shape[depth];
  if (!Array.isArray(part) || part.length !== size) {
    const given = Array.isArray(part) ? `${part.length}` : 'no list';
    throw new InvalidInput(
      `${where}: nested data does not fit shape ${showShape(shape)}: dimension ${depth} has ${size} parts, given ${given}`,
    );
  }
  if (depth < shape.length - 1) for (const child of part) checkNesting(child, shape, depth + 1, where);
};

/**
 * JSON values, flat or nested, as the elements of a tensor in row-major order.
 * @param where leads every message, such as `input age`.
 * @throws InvalidInput for a wrong number of elements, uneven nesting, or an element that the datatype cannot carry.
 */
export const parseElements = (
  data: readonly unknown[],
  datatype: Datatype,
  shape: readonly number[],
  length: number,
  where: string,
): TensorData => {
  const fill = FILLS[datatype] as Fill<TensorData>;
  if (!Array.isArray(data[0])) {
    if (data.length !== length) {
      throw new InvalidInput(`${where}: shape ${showShape(shape)} holds ${length} elements, data holds ${data.length}`);
    }
    const target = allocate(datatype, length);
    fill(target, 0, data, where);
    return target;
  }
  checkNesting(data, shape, 0, where);
  const target = allocate(datatype, length);
  let next = 0;
  const walk = (part: readonly unknown[], depth: number): void => {
    if (depth < shape.length - 1) {
      for (const child of part) walk(child as readonly unknown[], depth + 1);
      return;
    }
    fill(target, next, part, where);
    next += part.length;
  };
  walk(data, 0);
  return target;
};
