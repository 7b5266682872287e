import { InvalidInput } from '../../kernel/errors';
import type { ScoredDatatype, TensorData } from './tensor';

/** Range of an integer datatype, as far as JSON numbers carry it exactly. */
interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

const INTEGERS: Partial<Record<ScoredDatatype, IntegerRange>> = {
  UINT8: { min: 0, max: 0xff },
  UINT16: { min: 0, max: 0xffff },
  UINT32: { min: 0, max: 0xffff_ffff },
  UINT64: { min: 0, max: Number.MAX_SAFE_INTEGER },
  INT8: { min: -0x80, max: 0x7f },
  INT16: { min: -0x8000, max: 0x7fff },
  INT32: { min: -0x8000_0000, max: 0x7fff_ffff },
  INT64: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
};

/** Says which element is wrong: `input age, element 3: …`. */
const fault = (where: string, index: number, expected: string, given: unknown): InvalidInput => {
  const shown = JSON.stringify(given) ?? String(given);
  return new InvalidInput(`${where}, element ${index}: expected ${expected}, given ${shown.slice(0, 80)}`);
};

type Fill = (target: TensorData, index: number, element: unknown, where: string) => void;

const integer = (datatype: ScoredDatatype, { min, max }: IntegerRange): Fill => {
  const isBig = datatype === 'INT64' || datatype === 'UINT64';
  return (target, index, element, where) => {
    if (typeof element !== 'number' || !Number.isInteger(element)) {
      throw fault(where, index, `a whole number (${datatype})`, element);
    }
    if (element < min || element > max) {
      const reason = isBig ? 'JSON numbers are exact between −(2^53−1) and 2^53−1' : `${datatype} is ${min} to ${max}`;
      throw fault(where, index, `a value in range (${reason})`, element);
    }
    target[index] = isBig ? BigInt(element) : element;
  };
};

const number =
  (datatype: ScoredDatatype): Fill =>
  (target, index, element, where) => {
    if (typeof element !== 'number') throw fault(where, index, `a number (${datatype})`, element);
    target[index] = element;
    if (!Number.isFinite(target[index])) throw fault(where, index, `a number within ${datatype}'s range`, element);
  };

const boolean: Fill = (target, index, element, where) => {
  if (element === true || element === 1) target[index] = 1;
  else if (element === false || element === 0) target[index] = 0;
  else throw fault(where, index, 'true or false (BOOL)', element);
};

const string: Fill = (target, index, element, where) => {
  if (typeof element !== 'string') throw fault(where, index, 'a string (BYTES)', element);
  target[index] = element;
};

const fillOf = (datatype: ScoredDatatype): Fill => {
  const range = INTEGERS[datatype];
  if (range !== undefined) return integer(datatype, range);
  if (datatype === 'BOOL') return boolean;
  return datatype === 'BYTES' ? string : number(datatype);
};

const FILLS = new Map<ScoredDatatype, Fill>();

const allocate = (datatype: ScoredDatatype, length: number): TensorData => {
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(length);
    case 'UINT16':
      return new Uint16Array(length);
    case 'UINT32':
      return new Uint32Array(length);
    case 'UINT64':
      return new BigUint64Array(length);
    case 'INT8':
      return new Int8Array(length);
    case 'INT16':
      return new Int16Array(length);
    case 'INT32':
      return new Int32Array(length);
    case 'INT64':
      return new BigInt64Array(length);
    case 'FP32':
      return new Float32Array(length);
    case 'FP64':
      return new Float64Array(length);
    case 'BYTES':
      return new Array<string>(length).fill('');
  }
};

/**
 * JSON values, flat or nested, as the elements of a tensor in row-major order.
 * @param where leads every message, such as `input age`.
 * @throws InvalidInput for a wrong number of elements, uneven nesting, or an element that the datatype cannot carry.
 */
export const parseElements = (
  data: readonly unknown[],
  datatype: ScoredDatatype,
  shape: readonly number[],
  length: number,
  where: string,
): TensorData => {
  const target = allocate(datatype, length);
  let fill = FILLS.get(datatype);
  if (fill === undefined) {
    fill = fillOf(datatype);
    FILLS.set(datatype, fill);
  }
  const write = fill;
  const flat = !Array.isArray(data[0]);
  if (flat && data.length !== length) {
    throw new InvalidInput(`${where}: shape [${shape.join(', ')}] holds ${length} elements, data holds ${data.length}`);
  }
  let next = 0;
  const walk = (part: unknown, depth: number): void => {
    const size = shape[depth];
    if (!Array.isArray(part) || part.length !== size) {
      const given = Array.isArray(part) ? `${part.length}` : 'no list';
      throw new InvalidInput(
        `${where}: nested data does not fit shape [${shape.join(', ')}]: dimension ${depth} has ${size} parts, given ${given}`,
      );
    }
    if (depth < shape.length - 1) for (const child of part) walk(child, depth + 1);
    else for (const element of part) write(target, next++, element, where);
  };
  if (flat) for (const element of data) write(target, next++, element, where);
  else walk(data, 0);
  return target;
};
